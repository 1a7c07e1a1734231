import { describe, expect, it } from 'vitest'
import { LogRedactor } from './log-redaction.ts'

const redact = (line: string, secrets: readonly string[] = []) =>
  new LogRedactor(secrets).redact(line)

describe('LogRedactor', () => {
  it.each([
    ['got eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl', 'got [redacted:jwt:…]'],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: [redacted:header:…]'],
    ['{"password":"hunter2","a":1}', '{"password":"[redacted:secret:…]","a":1}'],
    ['listening on http://127.0.0.1:3000/', 'listening on http://127.0.0.1:3000/'],
  ])('%s', (line, shown) => {
    expect(redact(line)?.replace(/[\da-f]{8}(?=\])/, '…')).toBe(shown)
  })

  it('takes out every value that was configured, the longest first, but no short ones', () => {
    const secrets = ['correct-horse', 'correct-horse-battery', 'on']
    const line = 'on correct-horse-battery on correct-horse'
    expect(redact(line, secrets)).toBe('on [redacted] on [redacted]')
  })

  it('shows nothing of a PEM block, in one line or many', () => {
    expect(redact('key -----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----')).toBe(
      'key [redacted]',
    )
    const redactor = new LogRedactor([])
    const block = ['-----BEGIN EC PRIVATE KEY-----', 'MHcCAQEE', '-----END EC PRIVATE KEY-----']
    expect([...block, 'after'].map((line) => redactor.redact(line))).toEqual([
      '[redacted]',
      undefined,
      undefined,
      'after',
    ])
  })

  it('finds back into the log although a PEM block never ends', () => {
    const redactor = new LogRedactor([])
    const lines = ['-----BEGIN X-----', ...Array.from({ length: 300 }, () => 'line')]
    expect(
      lines.map((line) => redactor.redact(line)).filter((line) => line === 'line'),
    ).toHaveLength(100)
  })

  it('writes out what would drive a terminal or turn the reading direction', () => {
    expect(redact('\u001b[2J\u0007a\u009b1m\r\u202eb\u2066\u2028\u200b\u{e0041}')).toBe(
      '\\u{1b}[2J\\u{7}a\\u{9b}1m\\u{d}\\u{202e}b\\u{2066}\\u{2028}\\u{200b}\\u{e0041}',
    )
  })
})
