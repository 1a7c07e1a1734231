import { afterEach, describe, expect, it, vi } from 'vitest'
import { printJson, visible } from './output.ts'

afterEach(() => vi.restoreAllMocks())

describe('What strangers wrote', () => {
  it('stands on one line and in plain sight', () => {
    expect(visible('read_file – “Größe” 読む')).toBe('read_file – “Größe” 読む')
    expect(visible('a\nb\u001b[31m\u009b1A\u202e\u200b\u{e0041}\ud800')).toBe(
      'a\\nb\\u{1b}[31m\\u{9b}1A\\u{202e}\\u{200b}\\u{e0041}\\u{d800}',
    )
  })

  it('is what it was for machines, and nothing that a terminal obeys', () => {
    const written: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text))
      return true
    })
    const value = { name: 'a\n\u009b1A\u202e\u{e0041}\u2028', 'b\u200b': ['Größe'] }
    printJson(value)
    const text = written.join('')
    expect(JSON.parse(text)).toEqual(value)
    expect(text).not.toMatch(/[\u0080-\u009f\u200b\u2028\u202e\u{e0041}]/u)
    expect(text).toContain('\n  "name": "a\\n\\u009b1A\\u202e\\udb40\\udc41\\u2028"')
  })
})
