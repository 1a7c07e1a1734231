import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigError, WarderError } from '../errors.ts'
import { StoreUnavailable } from '../store/errors.ts'
import { report, run } from './run.ts'
import { Unreachable } from './unreachable.ts'

const SECRET = 'Zm9vYmFyMTIzNDU2Nzg5MA'

let written: string[]
beforeEach(() => {
  written = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text))
    return true
  })
})
afterEach(() => vi.restoreAllMocks())

describe('An error is told', () => {
  it.each([
    ['a mistake in the settings', new ConfigError('issuer', 'is wrong.', 'Mend it.'), 2],
    ['an answer', new WarderError('no', 'There is none.', { detail: 'of them' }), 1],
    ['a store out of reach', new StoreUnavailable({ detail: 'away' }), 3],
    ['another side out of reach', new Unreachable('There is nobody.'), 3],
    ['what nobody foresaw', new TypeError('oops'), 3],
  ])('with its own exit code: %s', (_, error, code) => {
    expect(report(error)).toBe(code)
    expect(written.join('')).toMatch(/^error /)
  })

  it.each<[string, unknown]>([
    ['a message', new Error(`refresh wrt_${SECRET} failed`)],
    ['a detail', new WarderError('no', 'No.', { detail: `token=${SECRET}` })],
    ['a setting', new ConfigError('store.url', `postgres://me:${SECRET}@db cannot be reached.`)],
    [
      'a cause of a cause',
      new Error('a', { cause: new Error('b', { cause: new Error(`Bearer ${SECRET}`) }) }),
    ],
    ['one of several', new AggregateError([new Error(`code_verifier=${SECRET}`)], 'all failed')],
    [
      'what an error carries',
      Object.assign(new Error('fetch failed'), {
        options: { headers: { authorization: `Basic ${SECRET}` } },
      }),
    ],
    ['what is no error', { client_secret: SECRET }],
  ])('without secrets: %s', (_, error) => {
    report(error)
    expect(written.join('')).toMatch(/\[redacted:[a-z-]+:[\da-f]{8}\]/)
    expect(written.join('')).not.toContain(SECRET)
  })

  it('with its cause, and nothing that a terminal would obey', () => {
    report(new Error('a\u001b[2J', { cause: new Error('because\u202e') }))
    expect(written.join('')).toContain('a\\u{1b}[2J')
    expect(written.join('')).toContain('because\\u{202e}')
  })

  it('by commander itself, if it is about the usage', async () => {
    expect(await run(['rekey', '--nonsense'])).toBe(2)
    expect(written.join('')).toContain('--nonsense')
  })
})
