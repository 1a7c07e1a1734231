import { describe, expect, it } from 'vitest'
import { LogRedactor } from './log-redaction.ts'

const redact = (line: string, secrets: readonly string[] = []) =>
  new LogRedactor(secrets).redact(line)

describe('LogRedactor', () => {
  it.each([
    ['got eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl.', 'got [redacted]'],
    ['sent Bearer abc.def-_~+/12== ok', 'sent Bearer [redacted] ok'],
    ['bearer%20s3cret&x=1', 'bearer%20[redacted]&x=1'],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: [redacted]'],
    ['{"authorization":"token ghp_x","a":1}', '{"authorization":"[redacted]","a":1}'],
    ['Set-Cookie: sid=1; Path=/', 'Set-Cookie: [redacted]'],
    ['refresh wrt_AbC-d_1, access wdr_XyZ', 'refresh [redacted], access [redacted]'],
    ['GET /?access_token=abc&x=1', 'GET /?access_token=[redacted]&x=1'],
    ["{client_secret: 'hunter2'}", "{client_secret: '[redacted]'}"],
    ['{"password":"hunter2","a":1}', '{"password":"[redacted]","a":1}'],
    ['API_KEY=sk-123', 'API_KEY=[redacted]'],
    ['connect postgres://me:pw@db/x', 'connect postgres://[redacted]@db/x'],
    ['tokens used: 12', 'tokens used: 12'],
    ['listening on http://127.0.0.1:3000/', 'listening on http://127.0.0.1:3000/'],
  ])('%s', (line, shown) => {
    expect(redact(line)).toBe(shown)
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

  it.each(['eyJ', 'bearer ', 'token ', '://', 'authorization:', 'wdr', 'token="', '-----BEGIN '])(
    'takes linear time over many of %j',
    (seed) => {
      const started = performance.now()
      redact(seed.repeat(200_000))
      redact(`${seed}${' '.repeat(1_000_000)}`)
      expect(performance.now() - started).toBeLessThan(1_500)
    },
  )
})
