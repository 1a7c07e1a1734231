import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { givenHeaders } from './headers.ts'

const env = { TOKEN: 'a b', NESTED: `\${TOKEN}` }
const read = (...lines: string[]) => givenHeaders(lines, undefined, env)

describe('givenHeaders', () => {
  it.each([
    ['X-Api-Version:2', { 'X-Api-Version': '2' }],
    ['X-Api-Version: 2 ', { 'X-Api-Version': '2' }],
    [`Authorization:Bearer \${TOKEN}`, { Authorization: 'Bearer a b' }],
    ['X:a:b', { X: 'a:b' }],
    // What the environment holds is not looked into.
    [`X:\${NESTED}`, { X: `\${TOKEN}` }],
    ['X:$TOKEN', { X: '$TOKEN' }],
  ])('reads %s', (line, headers) => {
    expect(read(line)).toEqual({ headers, warnings: [] })
  })

  it.each(['Authorization: Bearer canary', 'X-API-Key:canary', 'Cookie:sid=canary'])(
    'warns of a secret that others can read in %s, and does not repeat it',
    (line) => {
      const { warnings } = read(line)
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).not.toContain('canary')
    },
  )

  it.each([
    ['no colon', 'Authorization'],
    ['no name', ':x'],
    ['a name that is none', 'a b:x'],
    ['a line break', 'X:a\nb'],
    ['what no header can have', 'X:a\u2028b'],
    ['a variable that is not set', `X:\${MISSING}`],
    ['a header that HTTP needs', 'Content-Length:3'],
    ['a header that MCP needs', 'Mcp-Session-Id:x'],
  ])('refuses %s', (_, line) => {
    expect(() => read(line)).toThrowError(expect.objectContaining({ code: 'config_error' }))
  })

  it('reads a file, and says if it cannot', () => {
    const directory = mkdtempSync(join(tmpdir(), 'warder-headers-'))
    const file = join(directory, 'headers')
    writeFileSync(file, `# mine\n\nAuthorization: Bearer \${TOKEN}\r\nX: 1\n`)
    const { headers, warnings } = givenHeaders([], file, env)
    expect(headers).toEqual({ Authorization: 'Bearer a b', X: '1' })
    expect(warnings).toEqual([])
    rmSync(directory, { recursive: true })
    expect(() => givenHeaders([], file, env)).toThrowError(/--header-file/)
  })
})
