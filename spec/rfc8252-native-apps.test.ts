import { describe, expect, it } from 'vitest'
import {
  checkRedirectUri,
  isLoopbackRedirectUri,
  matchRedirectUri,
  redirectHost,
} from 'warder/protocol'

const native = { applicationType: 'native', allowLocalhost: true } as const
const web = { applicationType: 'web', allowLocalhost: true } as const
const strict = { applicationType: 'native', allowLocalhost: false } as const

const refused = expect.objectContaining({ code: 'invalid_redirect_uri', status: 400 })

/** Whether a client that registered these may ask for that. */
const matches = (registered: string | readonly string[], requested: string) =>
  matchRedirectUri([registered].flat(), requested, { allowLocalhost: true })

describe('RFC 8252 OAuth 2.0 for Native Apps', () => {
  it('§7.1 private-use schemes SHOULD be domain names reversed', () => {
    expect(() => checkRedirectUri('com.example.app:/oauth2redirect', native)).not.toThrow()
    expect(() => checkRedirectUri('myapp:/oauth2redirect', native)).toThrow(refused)
  })

  it('§7.1 MCP clients in wide use keep their schemes without a domain name', () => {
    for (const uri of ['cursor://anysphere.cursor-mcp/oauth/callback', 'vscode://vendor.app/cb']) {
      expect(() => checkRedirectUri(uri, native)).not.toThrow()
    }
  })

  it('§7.2 native apps may claim an https URI', () => {
    expect(() => checkRedirectUri('https://app.example.com/oauth2redirect', native)).not.toThrow()
  })

  it('§7.3 loopback is http on 127.0.0.1 or [::1], and nothing that only looks like it', () => {
    for (const uri of ['http://127.0.0.1/cb', 'http://[::1]:61023/cb']) {
      expect(() => checkRedirectUri(uri, strict)).not.toThrow()
      expect(isLoopbackRedirectUri(uri)).toBe(true)
    }
    for (const uri of ['http://127.0.0.2/cb', 'http://192.168.0.1/cb', 'https://127.0.0.1/cb']) {
      expect(() => checkRedirectUri(uri, strict)).toThrow(refused)
      expect(isLoopbackRedirectUri(uri)).toBe(false)
    }
  })

  it('§7.3 MUST allow any port of a loopback address at the time of the request', () => {
    for (const host of ['127.0.0.1', '[::1]']) {
      for (const port of ['', ':1', ':51004', ':65535']) {
        expect(matches(`http://${host}/cb`, `http://${host}${port}/cb`)).toBe(true)
        expect(matches(`http://${host}:8080/cb`, `http://${host}${port}/cb`)).toBe(true)
      }
    }
  })

  it('§8.1 the port of any other redirect URI MUST NOT vary', () => {
    expect(matches('https://app.example.com/cb', 'https://app.example.com:8443/cb')).toBe(false)
  })

  it('§8.3 localhost is NOT RECOMMENDED: only where it is allowed, and never for 127.0.0.1', () => {
    expect(() => checkRedirectUri('http://localhost/cb', native)).not.toThrow()
    expect(() => checkRedirectUri('http://localhost/cb', strict)).toThrow(refused)
    expect(matches('http://localhost/cb', 'http://127.0.0.1/cb')).toBe(false)
    expect(matches('http://127.0.0.1/cb', 'http://localhost/cb')).toBe(false)
    const denied = { allowLocalhost: false }
    expect(matchRedirectUri(['http://localhost/cb'], 'http://localhost/cb', denied)).toBe(false)
  })

  it('§8.4 a request MUST match a complete redirect URI that was registered', () => {
    expect(matches(['https://a.test/cb', 'https://b.test/cb'], 'https://b.test/cb')).toBe(true)
    expect(matches(['https://a.test/cb', 'https://b.test/cb'], 'https://c.test/cb')).toBe(false)
    expect(matches([], 'https://a.test/cb')).toBe(false)
  })
})

describe('OpenID Connect Dynamic Client Registration', () => {
  it('§2 web clients MUST register https only, and MUST NOT register localhost', () => {
    expect(() => checkRedirectUri('https://web.test/cb', web)).not.toThrow()
    for (const uri of ['http://web.test/cb', 'https://localhost/cb', 'http://localhost/cb']) {
      expect(() => checkRedirectUri(uri, web)).toThrow(refused)
    }
  })

  it('DR-11 a web client has no scheme of its own and no address on loopback', () => {
    for (const uri of ['com.example.app:/cb', 'http://127.0.0.1/cb', 'http://[::1]/cb']) {
      expect(() => checkRedirectUri(uri, web)).toThrow(refused)
    }
  })

  it('DR-11 a native client has no https on loopback, which nobody can claim', () => {
    for (const uri of ['https://localhost/cb', 'https://127.0.0.1/cb', 'https://[::1]/cb']) {
      expect(() => checkRedirectUri(uri, native)).toThrow(refused)
    }
  })
})

describe('Attacks on redirect URIs', () => {
  const registered = 'https://web.test/cb'

  it('RU-01 another site does not match', () => {
    expect(matches(registered, 'https://evil.test/cb')).toBe(false)
  })

  it.each([
    ['RU-02', '/cb/'],
    ['RU-02', '/CB'],
    ['RU-02', '/cb?x=1'],
    ['RU-02', '/cb#f'],
    ['RU-02', '/cb%20'],
    ['RU-02', '/cb%00'],
    ['RU-02', '/cb/../cb'],
    ['RU-02', '/cb;x'],
    ['RU-02', '/cb/..;/x'],
    ['RU-02', '/%63b'],
  ])('%s the path %s does not match', (_, path) => {
    expect(matches(registered, `https://web.test${path}`)).toBe(false)
  })

  it.each([
    'https://web.test@evil.test/cb',
    'https://web.test:x@evil.test',
    'https://a@b@evil.test/cb',
    'https://web.test%40evil.test/cb',
  ])('RU-03 a user name does not match, and cannot be registered: %s', (uri) => {
    expect(matches(registered, uri)).toBe(false)
    expect(() => checkRedirectUri(uri, web)).toThrow(refused)
  })

  it.each([
    'https://web.test.evil.test/cb',
    'https://evilweb.test/cb',
    'https://web.test\\.evil.test/cb',
    'https:/\\web.test/cb',
    'https://web\u3002test/cb',
    'https://WEB.test/cb',
    '//web.test/cb',
    'https://web.test:443/cb',
    'https://web.test./cb',
  ])('RU-04 a host that only looks the same does not match: %s', (uri) => {
    expect(matches(registered, uri)).toBe(false)
  })

  it.each([
    'https://web.test/%252e',
    'https://web.test/cb%c0%af',
    'https://web.test/cb\r\nSet-Cookie:x=y',
    'https://web.test/cb%0d%0aSet-Cookie:x=y',
    'java\tscript:alert(1)',
    'https://web.test/cb\n',
  ])('RU-05 another encoding does not match: %j', (uri) => {
    expect(matches(registered, uri)).toBe(false)
  })

  it.each([
    'https://web.test/%0d%0aSet-Cookie:x=y',
    'https://web.test/%00',
    'https://web.test/a\nb',
  ])('RU-05 no control character can be registered: %j', (uri) =>
    expect(() => checkRedirectUri(uri, web)).toThrow(refused),
  )

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'javascript://web.test/%0aalert(1)',
    'data:text/html,x',
    'vbscript:x',
    'blob:https://web.test/x',
    'file:///etc/passwd',
    'about:blank',
    'http://web.test/cb',
    'ws://web.test/cb',
    'wss://web.test/cb',
    'ftp://web.test/cb',
    'chrome-extension://abcdef/cb',
    'view-source:https://web.test/',
    'intent://x#Intent;end',
    'ms-settings:/',
    'tel:1',
    'mailto:a@b.test',
  ])('RU-07 only known kinds of schemes can be registered, not %j', (uri) => {
    expect(() => checkRedirectUri(uri, native)).toThrow(refused)
    expect(() => checkRedirectUri(uri, web)).toThrow(refused)
  })

  it.each([
    'http://localhost.evil.test/cb',
    'http://127.0.0.1.evil.test',
    'http://localhost:80@evil.test',
    'http://[::1].evil.test',
    'http://0.0.0.0/cb',
    'http://127.1/cb',
    'http://2130706433/cb',
    'http://[::ffff:127.0.0.1]/cb',
    'http://0x7f000001/cb',
    'http://localhost./cb',
    'http://LOCALHOST/cb',
  ])('RU-08 nothing that only begins like loopback can be registered: %s', (uri) => {
    expect(() => checkRedirectUri(uri, native)).toThrow(refused)
    expect(isLoopbackRedirectUri(uri)).toBe(false)
  })

  it('RU-09 any port of the registered loopback address matches', () => {
    expect(matches('http://127.0.0.1/cb', 'http://127.0.0.1:49152/cb')).toBe(true)
  })

  it.each([
    'http://127.0.0.1:49152/cb?x=1',
    'http://127.0.0.1:49152/CB',
    'http://[::1]:1/cb',
    'https://127.0.0.1:1/cb',
    'http://127.0.0.1:49152/cb/../x',
    'http://127.0.0.1:49152',
    'http://127.0.0.1:49152/cb#',
    'http://127.0.0.1:1@evil.test/cb',
  ])('RU-10 nothing but the port of a loopback address may differ: %s', (uri) => {
    expect(matches('http://127.0.0.1/cb', uri)).toBe(false)
  })

  it('RU-11 any port of localhost matches where localhost is allowed', () => {
    expect(matches('http://localhost/cb', 'http://localhost:5000/cb')).toBe(true)
  })

  it('DR-10 people are told the host that is used now', () => {
    expect(redirectHost('http://localhost:5000/cb')).toBe('localhost')
    expect(redirectHost('https://evil.test/cb')).toBe('evil.test')
    expect(redirectHost('com.example.app:/cb')).toBe('com.example.app:')
  })
})
