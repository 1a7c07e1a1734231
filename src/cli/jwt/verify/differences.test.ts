import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differenceOf } from './differences.ts'

describe('A near miss', () => {
  it.each([
    ['https://a.example/', 'https://a.example', 'a trailing slash too many'],
    ['https://a.example', 'https://a.example/', 'a trailing slash is missing'],
    ['https://A.example', 'https://a.example', /upper and lower case/],
    ['http://a.example', 'https://a.example', 'the scheme is http, not https'],
    ['https://a.example:8443', 'https://a.example', 'the port is 8443, not the default'],
    ['https://a.example:443', 'https://a.example', /the port, which is the default/],
    ['https://b.example/x', 'https://a.example/x', 'the host is b.example, not a.example'],
    ['http://localhost:3000', 'http://127.0.0.1:3000', /the host is localhost, not 127/],
    ['https://a.example/v1', 'https://a.example', 'the path is /v1, not empty'],
    ['https://a.example/a%20b', 'https://a.example/a b', /the spelling of one and the same URL/],
    ['https://a.example ', 'https://a.example', 'spaces or line breaks around it'],
    ['https://a.example\u200b', 'https://a.example', 'characters that cannot be seen'],
    ['https://аpi.example', 'https://api.example', 'a letter that only looks the same (U+0430)'],
    ['orders-api-v2', 'orders-api', '“-v2” at the end is too much'],
    ['orders-ap', 'orders-api', '“i” is missing at the end'],
    ['orders-aqi-of-ours', 'orders-api-of-ours', 'they part at character 9: “q”, not “p”'],
    ['https://a.example:1/x?y', 'http://b.example/z', undefined],
    ['editor', 'https://api.example.com', undefined],
  ])('%j for %j', (given, expected, words) => {
    const difference = differenceOf(given, expected)
    if (words instanceof RegExp) expect(difference).toMatch(words)
    else expect(difference).toBe(words)
  })

  it('is never found between equals, and always fit to be shown', () => {
    const text = fc.oneof(fc.webUrl(), fc.string({ unit: 'binary', maxLength: 12 }))
    fc.assert(
      fc.property(text, text, (given, expected) => {
        expect(differenceOf(given, given)).toBeUndefined()
        // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
        expect(differenceOf(given, expected) ?? '').not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
      }),
    )
  })
})
