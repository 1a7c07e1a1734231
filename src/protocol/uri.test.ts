import { describe, expect, it } from 'vitest'
import { isDomainName, isLoopbackHost, unambiguousUrl } from './uri.ts'

describe('unambiguousUrl', () => {
  it.each([
    'https://web.test',
    'https://web.test/',
    'https://web.test/cb?x=%2F..%2Fa&y=1',
    'https://web.test/..a',
    'http://127.0.0.1:33418',
    'http://[::1]:1/cb',
    'com.example.app:/cb',
    'com.example.app://host',
    'https://web.test:8443/a@b',
    'https://web.test/%C3%A9',
  ])('accepts %s', (uri) => {
    expect(unambiguousUrl(uri)?.protocol).toBe(uri.slice(0, uri.indexOf(':') + 1))
  })

  it.each([
    '',
    'web.test/cb',
    '//web.test/cb',
    '/cb',
    'https:web.test',
    'https:/web.test',
    'https:///web.test',
    'https://',
    'https://WEB.test/',
    'HTTPS://web.test/',
    'https://web.test:443/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://[0:0:0:0:0:0:0:1]/',
    'https://web.test/#',
    'https://web.test/#a',
    'https://a@web.test/',
    'https://:b@web.test/',
    'https://@web.test/',
    'com.example.app://a@host/cb',
    'https://web.test\\@evil.test/',
    'https://web.test/a\\b',
    'https://web.test/ a',
    ' https://web.test/',
    'https://web.test/\n',
    'https://web\ttest/',
    'https://web.test/%',
    'https://web.test/%zz',
    'https://web.test/%00',
    'https://web.test/%0d%0a',
    'https://web.test/%1F',
    'https://web.test/%7f',
    'https://web.test/a/../b',
    'https://web.test/.',
    'https://web.test/..',
    'https://web.test/%2e%2e/b',
    'https://web.test/.%2E/b',
    'https://web.test/..;/b',
    'com.example.app:/.//b',
    'com.example.app:/a/../b',
    'https://web.test/é',
    'https://wéb.test/',
    'https://web\u3002test/',
    'https://web.test/"',
    'https://web.test/<',
    'https://web.test/{a}',
    'https://web%2etest/',
    'https://web.test:/',
    'https://web.test:99999/',
    'https://[::1/',
    `https://web.test/${'a'.repeat(2048)}`,
  ])('refuses %j', (uri) => {
    expect(unambiguousUrl(uri)).toBeUndefined()
  })
})

describe('isLoopbackHost', () => {
  it.each([
    ['127.0.0.1', true],
    ['[::1]', true],
    ['localhost', true],
    ['::1', false],
    ['127.0.0.2', false],
    ['0.0.0.0', false],
    ['localhost.', false],
    ['a.localhost', false],
    ['LOCALHOST', false],
  ])('%s: %s', (host, expected) => {
    expect(isLoopbackHost(host)).toBe(expected)
  })
})

describe('isDomainName', () => {
  it.each(['web.test', 'a', 'a-b.c1', '1.com', 'xn--bcher-kva.example', `${'a'.repeat(63)}.b`])(
    'accepts %s',
    (host) => expect(isDomainName(host)).toBe(true),
  )

  it.each([
    '',
    '.',
    'web.test.',
    '.web.test',
    'a..b',
    '-a.b',
    'a-.b',
    'a_b.c',
    'WEB.test',
    'localhost',
    'a.localhost',
    '10.0.0.1',
    '[::1]',
    'a.1',
    `${'a'.repeat(64)}.b`,
    `${'a.'.repeat(130)}b`,
    'a b',
    'a\nb',
    'web.test\n',
  ])('refuses %j', (host) => expect(isDomainName(host)).toBe(false))
})
