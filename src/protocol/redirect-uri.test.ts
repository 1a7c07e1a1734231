import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkRedirectUri,
  hasWellKnownScheme,
  isLoopbackRedirectUri,
  matchRedirectUri,
  type RedirectUriPolicy,
  redirectHost,
} from './redirect-uri.ts'

const native: RedirectUriPolicy = { applicationType: 'native', allowLocalhost: true }
const web: RedirectUriPolicy = { applicationType: 'web', allowLocalhost: true }
const refused = expect.objectContaining({ code: 'invalid_redirect_uri', status: 400 })

function isAccepted(uri: string, policy: RedirectUriPolicy = native): boolean {
  try {
    checkRedirectUri(uri, policy)
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_redirect_uri' })
    return false
  }
}

/** The parts of a URI by the expression of RFC 3986 Appendix B, and of its authority by §3.2. */
function rfc3986(uri: string) {
  const [, scheme, authority, path, query, fragment] =
    /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(uri) ?? []
  const [, userinfo, host, port] =
    /^(?:(.*)@)?(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(authority ?? '') ?? []
  return { scheme, userinfo, host, port, path, query, fragment }
}

/** Strings that look like redirect URIs, most of them with something wrong. */
const nearly = fc
  .array(
    fc.constantFrom(
      'https',
      'http',
      'com.example.app',
      'cursor',
      'javascript',
      'HTTPS',
      ':',
      ':/',
      '://',
      ':///',
      '//',
      'web.test',
      'WEB.test',
      'localhost',
      '127.0.0.1',
      '127.1',
      '[::1]',
      '0x7f.1',
      '@',
      'u:p@',
      '\\',
      '/',
      ':80',
      ':443',
      ':8080',
      ':0',
      ':',
      '.',
      '..',
      '/../',
      '/..;/',
      '%2e%2e',
      '%00',
      '%',
      '%41',
      '#',
      '?',
      '?x=1',
      '*',
      ' ',
      '\n',
      '\t',
      'é',
      '\u3002',
      'cb',
      ';',
      '=',
      '&',
      '[',
      ']',
      '|',
      '"',
      "'",
    ),
    { maxLength: 7 },
  )
  .map((pieces) => pieces.join(''))

const begun = fc.tuple(
  fc.constantFrom(
    'https://web.test',
    'http://127.0.0.1',
    'http://localhost',
    'com.example.app:/',
    '',
  ),
  nearly,
)
const candidate = begun.map(([start, rest]) => start + rest)

const registrable = fc.constantFrom(
  'https://web.test/cb',
  'https://web.test',
  'https://web.test:8443/cb?x=1',
  'http://127.0.0.1/cb',
  'http://127.0.0.1:8080/cb?x=1',
  'http://[::1]:1/',
  'http://localhost/cb',
  'com.example.app:/cb',
  'cursor://anysphere.cursor-mcp/oauth/callback',
)

describe('checkRedirectUri', () => {
  it.each([
    'https://web.test/cb',
    'https://web.test',
    'https://web.test:8443/cb?x=1',
    'http://127.0.0.1/cb',
    'http://127.0.0.1',
    'http://127.0.0.1:33418/',
    'http://[::1]:8080/cb',
    'http://localhost:8787/callback',
    'com.example.app:/cb',
    'com.example.app:/',
    'com.example.app://oauth/cb',
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'vscode://vendor.extension/cb',
    'windsurf://a/b',
    'vscode-insiders://a/b',
    'claude://oauth/cb',
  ])('accepts %s of a native client', (uri) => {
    expect(isAccepted(uri)).toBe(true)
  })

  it('accepts https alone of a web client', () => {
    expect(isAccepted('https://web.test/cb', web)).toBe(true)
    for (const uri of [
      'http://127.0.0.1/cb',
      'http://localhost/cb',
      'com.example.app:/cb',
      'cursor://a/b',
    ]) {
      expect(() => checkRedirectUri(uri, web)).toThrow(refused)
    }
  })

  it('accepts localhost only where it is allowed', () => {
    const strict: RedirectUriPolicy = { applicationType: 'native', allowLocalhost: false }
    expect(() => checkRedirectUri('http://localhost/cb', strict)).toThrow(/127\.0\.0\.1/)
    expect(isAccepted('http://127.0.0.1/cb', strict)).toBe(true)
  })

  it.each([
    'https://localhost/cb',
    'https://app.localhost/cb',
    'https://127.0.0.1/cb',
    'https://[::1]/cb',
    'https://10.0.0.1/cb',
    'https://web.test./cb',
    'https://*.web.test/cb',
    'https://web.test/*',
    'http://web.test/cb',
    'http://127.0.0.1:0/cb',
    'http://127.0.0.1:080/cb',
    'http://127.0.0.1:80/cb',
    'http://127.0.0.2/cb',
    'com.example.app:cb',
    'com.example.app:',
    'com.example.app:///cb',
    'com.example.app://',
    'com.example.app:/cb#f',
    'com.example.app://u@h/cb',
    'COM.example.app:/cb',
    'com..example:/cb',
    '.com.example:/cb',
    'myapp:/cb',
    'myapp://cb',
    'cursor:cb',
    'cursors://a/b',
    'urn:a:b',
  ])('refuses %s', (uri) => {
    expect(() => checkRedirectUri(uri, native)).toThrow(refused)
  })

  it('quotes the URI for the operator only, and not all of it', () => {
    const uri = `http://evil.test/${'a'.repeat(1000)}`
    try {
      checkRedirectUri(uri, native)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ message: expect.not.stringContaining('evil.test') })
      expect(error).toMatchObject({ detail: expect.stringMatching(/^.{200,230}$/) })
    }
  })

  it('FZ-03 accepts only what two parsers read alike', () => {
    fc.assert(
      fc.property(candidate, fc.constantFrom(native, web), (uri, policy) => {
        if (!isAccepted(uri, policy)) return
        const url = new URL(uri)
        const parts = rfc3986(uri)
        expect(`${parts.scheme}:`).toBe(url.protocol)
        expect(parts.host ?? '').toBe(url.hostname)
        expect(parts.port ?? '').toBe(url.port)
        expect(parts.path || '/').toBe(url.pathname || '/')
        expect(parts.query === undefined ? '' : `?${parts.query}`.replace(/^\?$/, '')).toBe(
          url.search,
        )
        expect([parts.userinfo, parts.fragment, url.username, url.password, url.hash]).toEqual([
          undefined,
          undefined,
          '',
          '',
          '',
        ])
        expect(uri).toMatch(/^[\x21-\x7e]+$/)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('matchRedirectUri', () => {
  const allow = { allowLocalhost: true }

  it('matches nothing if nothing is registered', () => {
    expect(matchRedirectUri([], 'https://web.test/cb', allow)).toBe(false)
  })

  it('frees the port of a loopback address, with or without one registered', () => {
    for (const registered of ['http://127.0.0.1/cb', 'http://127.0.0.1:8080/cb']) {
      for (const port of ['', ':1', ':8080', ':65535']) {
        expect(matchRedirectUri([registered], `http://127.0.0.1${port}/cb`, allow)).toBe(true)
      }
    }
  })

  it.each([':0', ':65536', ':99999', ':080', ':', ':-1', ':1e3', ':8080x', ':80 80'])(
    'refuses the port %j',
    (port) => {
      expect(matchRedirectUri(['http://127.0.0.1/cb'], `http://127.0.0.1${port}/cb`, allow)).toBe(
        false,
      )
    },
  )

  it('never takes one name of loopback for another', () => {
    const hosts = ['127.0.0.1', '[::1]', 'localhost']
    for (const a of hosts) {
      for (const b of hosts) {
        const matched = matchRedirectUri([`http://${a}/cb`], `http://${b}:5000/cb`, allow)
        expect(matched).toBe(a === b)
      }
    }
  })

  it('refuses localhost while it is not allowed, whatever was registered before', () => {
    const registered = ['http://localhost/cb']
    const deny = { allowLocalhost: false }
    expect(matchRedirectUri(registered, 'http://localhost/cb', deny)).toBe(false)
    expect(matchRedirectUri(registered, 'http://localhost:1/cb', deny)).toBe(false)
    expect(matchRedirectUri(registered, 'http://localhost/cb', allow)).toBe(true)
  })

  it('keeps the port of every other host', () => {
    expect(matchRedirectUri(['https://web.test/cb'], 'https://web.test:8443/cb', allow)).toBe(false)
    expect(matchRedirectUri(['https://web.test:1/cb'], 'https://web.test:2/cb', allow)).toBe(false)
    expect(matchRedirectUri(['com.example.app://h:1/cb'], 'com.example.app://h:2/cb', allow)).toBe(
      false,
    )
  })

  it('takes an empty path and a slash as different', () => {
    expect(matchRedirectUri(['http://127.0.0.1'], 'http://127.0.0.1:5000', allow)).toBe(true)
    expect(matchRedirectUri(['http://127.0.0.1'], 'http://127.0.0.1:5000/', allow)).toBe(false)
  })

  it('FZ-03 matches only equals, except for the port of loopback, and either way round', () => {
    const pair = fc.tuple(registrable, fc.oneof(registrable, candidate))
    fc.assert(
      fc.property(pair, ([registered, requested]) => {
        const matched = matchRedirectUri([registered], requested, allow)
        if (isAccepted(requested)) {
          expect(matchRedirectUri([requested], registered, allow)).toBe(matched)
        }
        if (!matched || registered === requested) return
        const [a, b] = [new URL(registered), new URL(requested)]
        expect(
          [a.hostname, '127.0.0.1', '[::1]', 'localhost'].filter((h) => h === a.hostname),
        ).toHaveLength(2)
        a.port = ''
        b.port = ''
        expect(b.href).toBe(a.href)
      }),
      { numRuns: 5000 },
    )
  })

  it('FZ-03 matches no registered URI of which one character was changed', () => {
    const change = fc.record({
      at: fc.nat(60),
      kind: fc.constantFrom('insert', 'delete', 'replace'),
      with: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 1 }),
    })
    fc.assert(
      fc.property(registrable, change, (registered, { at, kind, with: character }) => {
        const start = at % (registered.length + 1)
        const rest = registered.slice(start + (kind === 'insert' ? 0 : 1))
        const mutated = registered.slice(0, start) + (kind === 'delete' ? '' : character) + rest
        const portless = (uri: string) => uri.replace(/^(http:\/\/[^/?]+?):\d+(?=[/?]|$)/, '$1')
        fc.pre(portless(mutated) !== portless(registered))
        expect(matchRedirectUri([registered], mutated, allow)).toBe(false)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('isLoopbackRedirectUri', () => {
  it.each([
    ['http://127.0.0.1', true],
    ['http://[::1]:1/cb', true],
    ['http://localhost?x', true],
    ['https://127.0.0.1/', false],
    ['http://localhost.evil.test/', false],
    ['http://127.0.0.1@evil.test/', false],
    ['http://localhost:80@evil.test/', false],
    ['http://localhost#', false],
    ['com.example.app:/cb', false],
  ])('%s: %s', (uri, expected) => {
    expect(isLoopbackRedirectUri(uri)).toBe(expected)
  })
})

describe('hasWellKnownScheme', () => {
  it('knows the schemes whole', () => {
    expect(hasWellKnownScheme('cursor://anysphere.cursor-mcp/oauth/callback')).toBe(true)
    expect(hasWellKnownScheme('cursor.evil:/cb')).toBe(false)
    expect(hasWellKnownScheme('https://web.test/cursor:')).toBe(false)
  })
})

describe('redirectHost', () => {
  it.each([
    ['https://web.test/cb', 'web.test'],
    ['https://web.test:8443/cb', 'web.test:8443'],
    ['http://127.0.0.1:49152/cb', '127.0.0.1'],
    ['http://[::1]:1/cb', '[::1]'],
    ['http://localhost/cb', 'localhost'],
    ['com.example.app:/cb', 'com.example.app:'],
    ['cursor://anysphere.cursor-mcp/oauth/callback', 'cursor:'],
  ])('%s is %s', (uri, expected) => {
    expect(redirectHost(uri)).toBe(expected)
  })
})

describe('The query of a redirect URI', () => {
  it.each(['code', 'state', 'iss', 'error'])(
    'must not have %s, which the answer brings',
    (name) => {
      const policy = { applicationType: 'web', allowLocalhost: true } as const
      expect(() => checkRedirectUri(`https://web.test/cb?${name}=x`, policy)).toThrow(
        'in its query',
      )
      expect(() => checkRedirectUri(`https://web.test/cb?x${name}=x`, policy)).not.toThrow()
    },
  )
})
