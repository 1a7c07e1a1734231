/**
 * OAuth 1.0: signing requests and verifying them, with the examples of the RFC byte for byte.
 *
 * The signature printed in §3.1 and §3.4.1.1 is not that of the request (erratum 2550), and the one in
 * §3.4.1.3.1 is made up; the other examples are right as they stand.
 */

import { createSign, createVerify } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { createGuard } from 'warder/guard'
import { oauth1 } from 'warder/guard/credentials'
import { memoryReplays } from 'warder/limits'
import {
  bodyHash,
  formatOAuth1Authorization,
  importRsaKey,
  normalizeParameters,
  parseOAuth1Authorization,
  parseRequestAddress,
  percentDecode,
  percentEncode,
  sharedSecrets,
  signatureBaseString,
  signBaseString,
  verifySignature,
} from 'warder/protocol'
import { fakePlatform } from 'warder/testing'
import { Secret } from 'warder/vault'
import { otherRsa, rsa } from './fixtures/rsa-keys.ts'
import {
  bodyOf,
  consumer,
  guardedBySignatures,
  NOW,
  RESOURCE,
  type Signing,
  signedHeader,
  signedRequest,
  token,
} from './fixtures/signed-requests.ts'

/** The signed requests of §1.2. */
const examples = [
  {
    of: 'temporary credentials',
    ...{ method: 'POST', uri: 'https://photos.example.net/initiate', query: '' },
    ...{ consumerSecret: 'kd94hf93k423kf44', tokenSecret: '' },
    header:
      'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131200", oauth_nonce="wIjqoS", oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready", oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D"',
  },
  {
    of: 'token credentials',
    ...{ method: 'POST', uri: 'https://photos.example.net/token', query: '' },
    ...{ consumerSecret: 'kd94hf93k423kf44', tokenSecret: 'hdhd0244k9j7ao03' },
    header:
      'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="hh5s93j4hdidpola", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="walatlh", oauth_verifier="hfdp7dh39dks9884", oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D"',
  },
  {
    of: 'a photo',
    ...{ method: 'GET', uri: 'http://photos.example.net/photos' },
    query: 'file=vacation.jpg&size=original',
    ...{ consumerSecret: 'kd94hf93k423kf44', tokenSecret: 'pfkkdhi9sl3r4s00' },
    header:
      'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131202", oauth_nonce="chapoH", oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"',
  },
] as const

const credentialsOf = (header: string) => header.replace(/^OAuth /, '')

/** The request of §3.1, without its signature. */
const request31 = {
  method: 'POST',
  uri: 'http://example.com/request',
  query: 'b5=%3D%253D&a3=a&c%40=&a2=r%20b',
  form: 'c2&a3=2+q',
  header: [
    ['oauth_consumer_key', '9djdj82h48djs9d2'],
    ['oauth_token', 'kkk9d7dh3k39sjv7'],
    ['oauth_signature_method', 'HMAC-SHA1'],
    ['oauth_timestamp', '137131201'],
    ['oauth_nonce', '7d8f3e4a'],
  ],
} as const

const parameters31 = [
  ...new URLSearchParams(request31.query),
  ...request31.header,
  ...new URLSearchParams(request31.form),
]

const baseString31 = [
  'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q',
  '%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_',
  'key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_m',
  'ethod%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk',
  '9d7dh3k39sjv7',
].join('')

describe('RFC 5849 The OAuth 1.0 Protocol: what is signed', () => {
  it.each(examples)(
    '§1.2 the request for $of has the signature of the example',
    async (example) => {
      const { method, uri, query, header, consumerSecret, tokenSecret } = example
      const { realm, parameters } = parseOAuth1Authorization(credentialsOf(header))
      const signature = parameters.find(([name]) => name === 'oauth_signature')?.[1] ?? ''
      const baseString = signatureBaseString({
        ...{ method, uri },
        parameters: [...new URLSearchParams(query), ...parameters],
      })
      const key = sharedSecrets(consumerSecret, tokenSecret)
      expect(await signBaseString('HMAC-SHA1', baseString, key)).toBe(signature)
      expect(await verifySignature('HMAC-SHA1', { baseString, signature }, key)).toBe(true)
      expect(formatOAuth1Authorization({ realm: realm ?? '', parameters })).toBe(header)
    },
  )

  it('§3.1 the request of the example has the signature of erratum 2550', async () => {
    const key = sharedSecrets('j49sk3j29djd', 'dh893hdasih9')
    const signature = await signBaseString('HMAC-SHA1', baseString31, key)
    expect(signature).toBe('r6/TJjbCOr97/+UU0NsvSne7s5g=')
    const printed = { baseString: baseString31, signature: 'bYT5CMsGcbgUdFHObYMEfcx6bsw=' }
    expect(await verifySignature('HMAC-SHA1', printed, key)).toBe(false)
  })

  it('§3.4.1.1 the base string of the example, byte for byte', () => {
    const { method, uri } = request31
    expect(signatureBaseString({ method, uri, parameters: parameters31 })).toBe(baseString31)
  })

  it('§3.4.1.1 the method is in upper case, and MUST be encoded if it is a custom one', () => {
    const baseString = signatureBaseString({
      method: 'm#ine',
      uri: 'http://a.test/',
      parameters: [],
    })
    expect(baseString).toBe('M%23INE&http%3A%2F%2Fa.test%2F&')
  })

  it.each([
    ['http://EXAMPLE.COM:80/r%20v/X?id=123', 'http://example.com/r%20v/X'],
    ['https://www.example.net:8080/?q=1', 'https://www.example.net:8080/'],
  ])('§3.4.1.2 %s is represented by %s', (address, uri) => {
    expect(parseRequestAddress(address).uri).toBe(uri)
  })

  it.each([
    ['HTTPS://API.Test', 'https://api.test/'],
    ['https://api.test:443/a', 'https://api.test/a'],
    ['https://api.test:80/a', 'https://api.test:80/a'],
    ['http://api.test:443/a', 'http://api.test:443/a'],
    ['https://api.test:/a', 'https://api.test/a'],
    ['https://[::1]:8443/a', 'https://[::1]:8443/a'],
    ['https://api.test/A/../b/./c//d;e', 'https://api.test/A/../b/./c//d;e'],
    ['https://api.test?q=1#fragment', 'https://api.test/'],
  ])(
    '§3.4.1.2 scheme and host in lower case, the port MUST be there unless it is the default: %s',
    (address, uri) => {
      expect(parseRequestAddress(address).uri).toBe(uri)
    },
  )

  it.each([
    '/v1',
    'ftp://api.test/',
    'https://user@api.test/',
    'https:///v1',
    'https://api.test:x/',
    'https://api.test:123456/',
    'https://api.test/ü',
    'https://api.test/a b',
    'https://[::1/',
  ])('§3.4.1.2 an address that is none has no base string: %s', (address) => {
    expect(() => parseRequestAddress(address)).toThrow('malformed')
  })

  it('§3.4.1.3.1 the header is read to names and values, but for realm', () => {
    const header = formatOAuth1Authorization({ realm: 'Example', parameters: request31.header })
    const read = parseOAuth1Authorization(credentialsOf(header))
    expect(read).toEqual({ realm: 'Example', parameters: request31.header })
  })

  it('§3.4.1.3.1 oauth_signature MUST be excluded', () => {
    const { method, uri } = request31
    const parameters = [...parameters31, ['oauth_signature', 'x'] as const]
    expect(signatureBaseString({ method, uri, parameters })).toBe(baseString31)
  })

  it('§3.4.1.3.2 the parameters of the example, encoded, sorted and concatenated', () => {
    expect(normalizeParameters(parameters31)).toBe(
      'a2=r%20b&a3=2%20q&a3=a&b5=%3D%253D&c%40=&c2=&oauth_consumer_key=9dj' +
        'dj82h48djs9d2&oauth_nonce=7d8f3e4a&oauth_signature_method=HMAC-SHA1' +
        '&oauth_timestamp=137131201&oauth_token=kkk9d7dh3k39sjv7',
    )
  })

  it('§3.4.1.3.2 the order is that of the encoded bytes', () => {
    const names = ['a', 'B', 'ä', '😀', '～', 'a-', 'a.', 'a b', '']
    const normalized = normalizeParameters(names.map((name) => [name, '']))
    expect(normalized.split('&')).toEqual([
      '=',
      '%C3%A4=',
      '%EF%BD%9E=',
      '%F0%9F%98%80=',
      'B=',
      'a=',
      'a%20b=',
      'a-=',
      'a.=',
    ])
  })

  it('§3.4.2 the key has its & even when a secret is empty', () => {
    expect(sharedSecrets('kd94hf93k423kf44')).toBe('kd94hf93k423kf44&')
    expect(sharedSecrets('', '')).toBe('&')
    expect(sharedSecrets('a&b=c', 'ü ~')).toBe('a%26b%3Dc&%C3%BC%20~')
  })

  it.each([
    ['RSA-SHA1', 'RSA-SHA1'],
    ['RSA-SHA256', 'RSA-SHA256'],
  ] as const)('§3.4.3 %s is RSASSA-PKCS1-v1_5, as node:crypto has it', async (method, digest) => {
    const { publicKey, privateKey } = rsa
    const signature = await signBaseString(
      method,
      baseString31,
      await importRsaKey(method, privateKey),
    )
    const verifier = createVerify(digest).update(baseString31)
    expect(verifier.verify(publicKey, signature, 'base64')).toBe(true)
    const theirs = createSign(digest).update(baseString31).sign(privateKey, 'base64')
    const key = await importRsaKey(method, publicKey)
    const signed = { baseString: baseString31, signature: theirs }
    expect(await verifySignature(method, signed, key)).toBe(true)
    expect(await verifySignature(method, { ...signed, baseString: 'GET&' }, key)).toBe(false)
  })

  it('§3.4.4 the signature of PLAINTEXT is both secrets, as in the example of §2.3', async () => {
    const { parameters } = parseOAuth1Authorization(
      'realm="Example",\r\n   oauth_signature="ja893SD9%26xyz4992k83j47x0b"'.replace('\r\n', ''),
    )
    const signature = await signBaseString(
      'PLAINTEXT',
      baseString31,
      sharedSecrets('ja893SD9', 'xyz4992k83j47x0b'),
    )
    expect(parameters).toEqual([['oauth_signature', signature]])
  })

  it.each([
    ['unreserved', 'AZaz09-._~', 'AZaz09-._~'],
    ['reserved', "!'()*&=+% /", '%21%27%28%29%2A%26%3D%2B%25%20%2F'],
    ['UTF-8', 'ü☃😀', '%C3%BC%E2%98%83%F0%9F%98%80'],
    ['controls', '\n\u0000', '%0A%00'],
  ])('§3.6 %s characters', (_, text, encoded) => {
    expect(percentEncode(text)).toBe(encoded)
    expect(percentDecode(encoded)).toBe(text)
  })

  it.each(['%', '%2', '%GG', '%C3', '%ED%A0%80', '%C0%AF'])('§3.6 %s is no encoding', (encoded) => {
    expect(percentDecode(encoded)).toBeUndefined()
  })
})

describe('RFC 5849 The OAuth 1.0 Protocol: the Authorization header', () => {
  it('§3.5.1 the header of the example is read', () => {
    const { realm, parameters } = parseOAuth1Authorization(
      'realm="Example",   oauth_consumer_key="0685bd9184jfhq22",\toauth_token="ad180jjd733klru7" , oauth_signature_method="HMAC-SHA1",oauth_signature="wOJIO9A2W5mFwDgiDvZbTSMK%2FPY%3D", oauth_timestamp="137131200", oauth_nonce="4572616e48616d6d65724c61686176", oauth_version="1.0"',
    )
    expect(realm).toBe('Example')
    expect(parameters).toEqual([
      ['oauth_consumer_key', '0685bd9184jfhq22'],
      ['oauth_token', 'ad180jjd733klru7'],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_signature', 'wOJIO9A2W5mFwDgiDvZbTSMK/PY='],
      ['oauth_timestamp', '137131200'],
      ['oauth_nonce', '4572616e48616d6d65724c61686176'],
      ['oauth_version', '1.0'],
    ])
  })

  it('§3.5.1 a value MAY be empty, and may be encoded less than it should', () => {
    expect(parseOAuth1Authorization('a="", b="x/y+z="').parameters).toEqual([
      ['a', ''],
      ['b', 'x/y+z='],
    ])
  })

  it('§3.5.1 realm is a quoted string, and not encoded', () => {
    const header = formatOAuth1Authorization({ realm: 'a "b" \\ %20', parameters: [] })
    expect(header).toBe('OAuth realm="a \\"b\\" \\\\ %20"')
    expect(parseOAuth1Authorization(credentialsOf(header)).realm).toBe('a "b" \\ %20')
    expect(() => formatOAuth1Authorization({ realm: 'ü', parameters: [] })).toThrow(TypeError)
  })

  it.each([
    ['nothing', ''],
    ['a name alone', 'a'],
    ['no quotes', 'a=b'],
    ['one quote', 'a="b'],
    ['spaces around the equals sign', 'a = "b"'],
    ['no comma', 'a="b" c="d"'],
    ['two commas', 'a="b",,c="d"'],
    ['a comma at the end', 'a="b",'],
    ['something after the end', 'a="b"; c'],
    ['half an encoding', 'a="%2"'],
    ['bytes that are not UTF-8', 'a="%FF"'],
    ['a line break', 'a="%0A"'],
    ['a quoted character', 'a="\\b"'],
    ['a character beyond ASCII', 'a="ü"'],
    ['a name of other characters', 'a/b="c"'],
  ])('§3.5.1 a header with %s is malformed', (_, credentials) => {
    expect(() => parseOAuth1Authorization(credentials)).toThrow('malformed')
  })

  it.each([
    'a="b", a="b"',
    'a="", a="c"',
    'a="b", %61="c"',
    'realm="x", realm="x"',
    'realm="x", REALM="y"',
  ])('§3.1 a parameter MUST NOT appear more than once: %s', (credentials) => {
    expect(() => parseOAuth1Authorization(credentials)).toThrow('once')
  })
})

describe('RFC 5849 The OAuth 1.0 Protocol: verifying requests', () => {
  it('§1.2 the request for a photo is let in', async () => {
    const [, , { header }] = examples
    const guard = createGuard({
      resource: 'https://photos.example.net',
      platform: fakePlatform(137131202_000),
      accept: [
        oauth1({
          consumer: (key) =>
            key === 'dpf43f3p2l4k3l03'
              ? { secret: new Secret('kd94hf93k423kf44'), methods: ['HMAC-SHA1'] }
              : undefined,
          token: async (_, consumerKey) => ({
            ...{ consumerKey, secret: new Secret('pfkkdhi9sl3r4s00'), subject: 'jane' },
          }),
          // The example is sent without TLS.
          url: ({ url }) => url,
        }),
      ],
    })
    const url = 'http://photos.example.net/photos?file=vacation.jpg&size=original'
    const outcome = await guard.check(new Request(url, { headers: { authorization: header } }))
    expect(outcome).toMatchObject({ subject: 'jane', clientId: 'dpf43f3p2l4k3l03' })
  })

  it('§3.2 whoever signs stands for whom the token says', async () => {
    const { answer } = guardedBySignatures()
    const { principal } = await answer()
    expect(principal).toMatchObject({
      subject: 'alice',
      clientId: consumer.key,
      issuer: RESOURCE,
      resource: RESOURCE,
      roles: ['member'],
      credentialId: token.name,
      proof: { kind: 'oauth1' },
    })
    expect([...(principal?.scopes ?? [])]).toEqual(['photos:read'])
  })

  it.each(['HMAC-SHA1', 'HMAC-SHA256'] as const)('§3.2 verifies %s', async (signatureMethod) => {
    const { answer } = guardedBySignatures()
    expect((await answer({ signatureMethod })).status).toBe(200)
  })

  it.each(['RSA-SHA1', 'RSA-SHA256'] as const)('§3.2 verifies %s', async (signatureMethod) => {
    const { publicKey, privateKey } = rsa
    const { answer } = guardedBySignatures({
      consumer: () => ({ publicKey, methods: [signatureMethod] }),
    })
    expect((await answer({ signatureMethod, privateKey })).status).toBe(200)
    const other = otherRsa.privateKey
    expect((await answer({ signatureMethod, privateKey: other })).status).toBe(401)
  })

  it.each<[string, Signing]>([
    ['method', { method: 'POST' }],
    ['path', { url: `${RESOURCE}/other` }],
    ['query', { url: `${RESOURCE}?a=2` }],
    ['order of nothing but parameters', { url: `${RESOURCE}?a=1&a=0` }],
    ['host', { url: 'https://other.test/v1?a=1' }],
    ['scheme', { url: 'http://api.test/v1?a=1' }],
  ])('§3.4.1 the signature covers the %s', async (what, other) => {
    const { check } = guardedBySignatures()
    const signed = { url: `${RESOURCE}?a=1`, ...other }
    const authorization = await signedHeader(signed)
    const sent = { url: `${RESOURCE}?a=1` }
    const request = await signedRequest(sent, authorization)
    expect(await check(request), what).toMatchObject({ status: 401 })
  })

  it('§3.4.1.2 the address is below the origin of the resource, whatever Host and proxies say', async () => {
    const { check } = guardedBySignatures()
    const authorization = await signedHeader({ url: `${RESOURCE}/a%20b;c?d=%7E&d=` })
    const received = new Request('http://10.0.0.7:8080/v1/a%20b;c?d=%7E&d=', {
      headers: { authorization },
    })
    expect(await check(received)).toMatchObject({ status: 200 })
  })

  it.each([
    ['oauth_consumer_key'],
    ['oauth_signature_method'],
    ['oauth_signature'],
    ['oauth_timestamp'],
    ['oauth_nonce'],
  ])('§3.2 400 without %s, which the challenge names', async (name) => {
    const { answer } = guardedBySignatures()
    for (const value of [undefined, '']) {
      const { status, challenge } = await answer({ parameters: { [name]: value } })
      expect(status).toBe(400)
      expect(challenge).toBe(
        `OAuth realm="${RESOURCE}", oauth_problem="parameter_absent", oauth_parameters_absent="${name}"`,
      )
    }
  })

  it.each(['1', '1.0a', '2.0', '1.00'])(
    '§3.2 400 if oauth_version is %s',
    async (oauth_version) => {
      const { answer } = guardedBySignatures()
      expect(await answer({ parameters: { oauth_version } })).toMatchObject({
        status: 400,
        challenge: expect.stringContaining(
          'oauth_problem="version_rejected", oauth_acceptable_versions="1.0-1.0"',
        ),
      })
    },
  )

  it('§3.1 oauth_version is optional', async () => {
    const { answer } = guardedBySignatures()
    expect(await answer({ parameters: { oauth_version: undefined } })).toMatchObject({
      status: 200,
    })
  })

  it.each(['HMAC-MD5', 'hmac-sha1', 'constructor', 'HMAC-SHA512'])(
    '§3.2 400 if the signature method is %s',
    async (oauth_signature_method) => {
      const { answer } = guardedBySignatures()
      expect(await answer({ parameters: { oauth_signature_method } })).toMatchObject({
        status: 400,
        challenge: `OAuth realm="${RESOURCE}", oauth_problem="signature_method_rejected"`,
      })
    },
  )

  it('§3.2 401 for invalid client credentials, an invalid token and an invalid signature, all alike', async () => {
    const { answer, events } = guardedBySignatures()
    const refusals = await Promise.all([
      answer({ parameters: { oauth_consumer_key: 'nobody' } }),
      answer({ secrets: ['wrong', token.secret] }),
      answer({ secrets: [consumer.secret, 'wrong'] }),
      answer({ parameters: { oauth_token: 'none' } }),
      answer({ parameters: { oauth_signature: 'AAAA' } }),
      answer({ parameters: { oauth_token: undefined }, secrets: [consumer.secret, ''] }),
    ])
    const seen = refusals.map(({ status, challenge, body }) => {
      const { correlation_id: _, ...said } = JSON.parse(body ?? '')
      return { status, challenge, said }
    })
    const [first] = seen
    expect(first).toMatchObject({
      status: 401,
      challenge: `OAuth realm="${RESOURCE}", oauth_problem="signature_invalid"`,
      said: { error: 'invalid_token' },
    })
    expect(new Set(seen.map((refusal) => JSON.stringify(refusal))).size).toBe(1)
    // The operator is told which it was.
    expect(new Set(events.map(({ reason }) => reason)).size).toBeGreaterThan(3)
  })

  it('§3.2 401 for an expired token, said to whoever signed with it and to nobody else', async () => {
    const expired = {
      consumerKey: consumer.key,
      secret: token.secret,
      subject: 'alice',
      expiresAt: NOW * 1000,
    }
    const { answer } = guardedBySignatures({ token: () => expired })
    expect((await answer()).challenge).toContain('oauth_problem="token_expired"')
    expect((await answer({ secrets: ['x', 'y'] })).challenge).toContain('"signature_invalid"')
  })

  it('§3.2 a token is worth nothing to another consumer, though RSA signs without its secret', async () => {
    const { publicKey, privateKey } = rsa
    const { answer, reason } = guardedBySignatures({
      consumer: () => ({ publicKey, methods: ['RSA-SHA1'] }),
    })
    const signing = { signatureMethod: 'RSA-SHA1', privateKey } as const
    expect(await answer(signing)).toMatchObject({ status: 200 })
    const other = { ...signing, parameters: { oauth_consumer_key: 'consumer-2' } }
    expect(await answer(other)).toMatchObject({ status: 401 })
    expect(reason()).toBe('the token belongs to consumer-1')
  })

  it('§3.1 without a token, the consumer stands for itself if it may', async () => {
    const { answer } = guardedBySignatures({
      consumer: () => ({
        secret: consumer.secret,
        methods: ['HMAC-SHA1'],
        itself: { subject: 'printer', scopes: ['jobs:write'] },
      }),
    })
    for (const oauth_token of [undefined, '']) {
      const signing = { parameters: { oauth_token }, secrets: [consumer.secret, ''] } as const
      const { principal } = await answer(signing)
      expect(principal).toMatchObject({ subject: 'printer', credentialId: consumer.key, roles: [] })
    }
  })

  it('§3.2 a nonce, timestamp and token MUST NOT have been used before', async () => {
    const { answer } = guardedBySignatures()
    const twice = { parameters: { oauth_nonce: 'once' } }
    expect((await answer(twice)).status).toBe(200)
    expect(await answer(twice)).toMatchObject({
      status: 401,
      challenge: `OAuth realm="${RESOURCE}", oauth_problem="nonce_used"`,
    })
    // §3.3: it is the combination that is unique.
    const later = { parameters: { oauth_nonce: 'once', oauth_timestamp: String(NOW + 1) } }
    expect((await answer(later)).status).toBe(200)
  })

  it('§3.2 one of a hundred at once is let in', async () => {
    const { check } = guardedBySignatures()
    const authorization = await signedHeader()
    const requests = Array.from({ length: 100 }, () => signedRequest({}, authorization))
    const answers = await Promise.all(requests.map(async (request) => check(await request)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('§3.2 a nonce cannot be used again in the seconds after a restart', async () => {
    const authorization = await signedHeader()
    const before = guardedBySignatures()
    expect(await before.check(await signedRequest({}, authorization))).toMatchObject({
      status: 200,
    })
    const platform = fakePlatform((NOW + 5) * 1000)
    const restarted = createGuard({
      ...{ resource: RESOURCE, platform },
      accept: [
        oauth1({
          consumer: () => ({ secret: consumer.secret, methods: ['HMAC-SHA1'] }),
          token: () => ({ consumerKey: consumer.key, secret: token.secret, subject: 'alice' }),
        }),
      ],
    })
    const again = await restarted.check(await signedRequest({}, authorization))
    expect(again).toBeInstanceOf(Response)
    const fresh = { parameters: { oauth_timestamp: String(NOW + 5) } }
    expect(await restarted.check(await signedRequest(fresh))).not.toBeInstanceOf(Response)
  })

  it('§3.2 503 while nobody knows which nonces were used', async () => {
    const replays = { claim: () => Promise.reject(new Error('away')) }
    const { answer } = guardedBySignatures({ replays })
    expect(await answer()).toMatchObject({ status: 503 })
  })

  it('§3.2 nonces are remembered as long as their timestamps are good', async () => {
    const claimed = vi.fn(async () => true)
    const { answer } = guardedBySignatures({ replays: { claim: claimed }, timestampWindow: 60 })
    await answer({ parameters: { oauth_nonce: 'n' } })
    expect(claimed).toHaveBeenCalledExactlyOnceWith({
      kind: 'oauth1',
      parts: [consumer.key, token.name, String(NOW), 'n'],
      issuedAt: (NOW - 60) * 1000,
      expiresAt: (NOW + 61) * 1000,
    })
  })

  it.each(['0', '-1', '1.5', '1e9', '0137131200', ' 137131200', 'now', '9999999999999'])(
    '§3.3 the timestamp MUST be a positive integer, not %j',
    async (oauth_timestamp) => {
      const { answer } = guardedBySignatures()
      expect(await answer({ parameters: { oauth_timestamp } })).toMatchObject({
        status: 400,
        challenge: `OAuth realm="${RESOURCE}", oauth_problem="parameter_rejected"`,
      })
    },
  )

  it.each([
    [-301, 401],
    [-300, 200],
    [300, 200],
    [301, 401],
  ])('§3.3 a timestamp %i seconds off is answered %i', async (offset, expected) => {
    const replays = memoryReplays({ platform: fakePlatform(NOW * 1000), knowsSince: 0 })
    const { answer } = guardedBySignatures({ replays })
    const oauth_timestamp = String(NOW + offset)
    const { status, challenge } = await answer({ parameters: { oauth_timestamp } })
    expect(status).toBe(expected)
    if (expected === 401) {
      expect(challenge).toBe(
        `OAuth realm="${RESOURCE}", oauth_problem="timestamp_refused", oauth_acceptable_timestamps="${NOW - 300}-${NOW + 300}"`,
      )
    }
  })

  it.each([0, -1, 3601, Number.NaN])(
    '§3.3 a window of %d seconds is a mistake',
    (timestampWindow) => {
      expect(() => guardedBySignatures({ timestampWindow })).toThrow('timestampWindow')
    },
  )

  it('§3.4.4 PLAINTEXT MUST be used over TLS, and only where it is switched on', async () => {
    const plain = {
      consumer: () => ({ secret: consumer.secret, methods: ['PLAINTEXT'] as const }),
      plaintext: true,
    }
    const signing: Signing = {
      signatureMethod: 'PLAINTEXT',
      parameters: { oauth_timestamp: undefined, oauth_nonce: undefined },
    }
    expect((await guardedBySignatures({ ...plain, plaintext: false }).answer(signing)).status).toBe(
      400,
    )
    const { answer, check, guard } = guardedBySignatures(plain)
    expect((await answer(signing)).status).toBe(200)
    expect((await answer({ ...signing, secrets: [consumer.secret, 'x'] })).status).toBe(401)
    const overHttp = await signedRequest({ ...signing, url: 'http://api.test/v1' })
    expect((await check(overHttp)).status).toBe(400)
    const behindProxy = await guard.check(overHttp, undefined, { isEncrypted: true })
    expect(behindProxy).not.toBeInstanceOf(Response)
    const onLoopback = await signedRequest({ ...signing, url: 'http://localhost/v1' })
    expect((await check(onLoopback)).status).toBe(400)
  })

  it('§3.4.4 PLAINTEXT is for those consumers only that may use it', async () => {
    const { answer, reason } = guardedBySignatures({ plaintext: true })
    expect((await answer({ signatureMethod: 'PLAINTEXT' })).status).toBe(401)
    expect(reason()).toBe('the consumer does not sign with PLAINTEXT')
  })

  it.each([
    ['query', { url: `${RESOURCE}?oauth_token=${token.name}` }],
    ['form', { method: 'POST', form: `oauth_token=${token.name}` }],
    ['query, if it is one of no meaning', { url: `${RESOURCE}?oauth_x=1` }],
  ])('§3.5 400 if a parameter is in the %s too', async (_, signing) => {
    const { answer } = guardedBySignatures()
    expect(await answer(signing)).toMatchObject({
      status: 400,
      challenge: `OAuth realm="${RESOURCE}", oauth_problem="parameter_rejected"`,
    })
  })

  it('§3.5.1 the scheme is case insensitive, and the challenge names the realm', async () => {
    const { check, guard } = guardedBySignatures()
    for (const scheme of ['oauth', 'OAUTH', 'oAuth']) {
      const authorization = (await signedHeader()).replace(/^OAuth/, scheme)
      expect((await check(await signedRequest({}, authorization))).status).toBe(200)
    }
    const outcome = await guard.check(new Request(RESOURCE))
    if (!(outcome instanceof Response)) throw new Error('let in')
    expect(outcome.status).toBe(401)
    expect(outcome.headers.get('www-authenticate')).toBe(`OAuth realm="${RESOURCE}"`)
  })

  it('§3.5.1 another scheme is none of its business', async () => {
    const { check } = guardedBySignatures()
    const { challenge } = await check(await signedRequest({}, 'Bearer abc'))
    expect(challenge).toBe(`OAuth realm="${RESOURCE}"`)
  })
})

describe('RFC 5849 The OAuth 1.0 Protocol: bodies', () => {
  it('§3.4.1.3.1 the parameters of a form are signed', async () => {
    const { answer, check } = guardedBySignatures()
    const signing = { method: 'POST', url: `${RESOURCE}?a=1`, form: 'c2&a3=2+q&a=%E2%98%83' }
    expect((await answer(signing)).status).toBe(200)
    const changed = { ...signing, form: 'c2&a3=2+q&a=other' }
    const request = await signedRequest(changed, await signedHeader(signing))
    expect((await check(request)).status).toBe(401)
    expect(await request.text()).toBe('c2=&a3=2+q&a=other')
  })

  it('§3.4.1.3.1 a form that is not at hand is refused, never let in unsigned', async () => {
    const { guard, reason } = guardedBySignatures()
    for (const type of [
      'application/x-www-form-urlencoded',
      'Application/X-WWW-Form-Urlencoded; charset=utf-8',
      'text/plain, application/x-www-form-urlencoded',
    ]) {
      const request = await signedRequest({ method: 'POST' })
      request.headers.set('content-type', type)
      const outcome = await guard.check(request)
      expect(outcome).toBeInstanceOf(Response)
      expect(outcome).toMatchObject({ status: 400 })
      expect(reason()).toContain('connection.body')
    }
  })

  it('§3.4.1.3.1 a form without a body needs none', async () => {
    const { guard } = guardedBySignatures()
    const request = await signedRequest({ method: 'POST' })
    request.headers.set('content-type', 'application/x-www-form-urlencoded')
    request.headers.set('content-length', '0')
    expect(await guard.check(request)).not.toBeInstanceOf(Response)
  })

  it('§3.4.1.3.1 a body that is not a form is not signed, and not read', async () => {
    const { guard } = guardedBySignatures()
    const body = vi.fn(async () => new Uint8Array())
    const authorization = await signedHeader({ method: 'POST' })
    const request = new Request(RESOURCE, {
      method: 'POST',
      body: '{"a":1}',
      headers: { authorization, 'content-type': 'application/json' },
    })
    expect(await guard.check(request, undefined, { body })).not.toBeInstanceOf(Response)
    expect(body).not.toHaveBeenCalled()
  })

  it.each([
    ['bytes that are not UTF-8', Uint8Array.of(0x61, 0x3d, 0xff), 400],
    ['half an encoding', new TextEncoder().encode('a=%2'), 400],
    ['a million parameters', new TextEncoder().encode('a&'.repeat(500_000)), 413],
    ['more than a million bytes', new TextEncoder().encode('a'.repeat(1_048_577)), 413],
  ])('§3.4.1.3.1 a form of %s is refused', async (_, bytes, expected) => {
    const { guard } = guardedBySignatures()
    const request = await signedRequest({ method: 'POST' })
    request.headers.set('content-type', 'application/x-www-form-urlencoded')
    const outcome = await guard.check(request, undefined, { body: async () => bytes })
    expect(outcome).toMatchObject({ status: expected })
  })

  const json = new TextEncoder().encode('{"amount":10}')

  /** A request with a JSON body, signed with the hash of one. */
  async function hashedRequest(oauth_body_hash: string | undefined, sent = json) {
    const signing = { method: 'POST', parameters: { oauth_body_hash } }
    const request = new Request(RESOURCE, {
      method: 'POST',
      body: sent,
      headers: {
        authorization: await signedHeader(signing),
        'content-type': 'application/json',
      },
    })
    return { request, connection: bodyOf(request) }
  }

  it.each([
    ['HMAC-SHA1', '', '2jmj7l5rSw0yVb/vlWAYkK/YBwk='],
    ['RSA-SHA1', 'Hello World!', 'Lve95gjOVATpfV8EL5X4nxwjKHE='],
    ['HMAC-SHA256', '', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
  ] as const)('Request Body Hash §3.2 %s of %j is %s', async (method, body, expected) => {
    expect(await bodyHash(method, new TextEncoder().encode(body))).toBe(expected)
  })

  it('Request Body Hash §4.2 a hash that is sent MUST be that of the body', async () => {
    const { guard, reason } = guardedBySignatures()
    const good = await hashedRequest(await bodyHash('HMAC-SHA1', json))
    expect(await guard.check(good.request, undefined, good.connection)).toMatchObject({
      subject: 'alice',
    })
    const changed = await hashedRequest(
      await bodyHash('HMAC-SHA1', json),
      new TextEncoder().encode('{"amount":99}'),
    )
    expect(await guard.check(changed.request, undefined, changed.connection)).toMatchObject({
      status: 401,
    })
    expect(reason()).toBe('oauth_body_hash is not that of the body')
    // Without the body nobody knows.
    const unknown = await hashedRequest(await bodyHash('HMAC-SHA1', json))
    expect(await guard.check(unknown.request)).toMatchObject({ status: 400 })
  })

  it('Request Body Hash §4.1.1 a hash MUST NOT come with a form', async () => {
    const { answer } = guardedBySignatures()
    const oauth_body_hash = await bodyHash('HMAC-SHA1', new TextEncoder().encode('a=1'))
    const signing = { method: 'POST', form: 'a=1', parameters: { oauth_body_hash } }
    expect(await answer(signing)).toMatchObject({ status: 400 })
  })

  it('Request Body Hash: where it is required, a body without one is refused', async () => {
    const { guard, answer } = guardedBySignatures({ bodyHash: 'required' })
    const { request, connection } = await hashedRequest(undefined)
    const outcome = await guard.check(request, undefined, connection)
    if (!(outcome instanceof Response)) throw new Error('let in')
    expect(outcome.status).toBe(400)
    expect(outcome.headers.get('www-authenticate')).toContain('"oauth_body_hash"')
    // What has no body or is a form is signed without one.
    expect((await answer()).status).toBe(200)
    expect((await answer({ method: 'POST', form: 'a=1' })).status).toBe(200)
    // A guard that is not told bodies lets in nothing.
    expect(await guard.check(await signedRequest())).toMatchObject({ status: 400 })
  })
})

describe('RFC 5849 The OAuth 1.0 Protocol: with what remembers nonces', () => {
  it('§3.3 guards that share it let a request in once', async () => {
    const platform = fakePlatform(NOW * 1000)
    const replays = memoryReplays({ platform, knowsSince: 0 })
    const authorization = await signedHeader()
    const [first, second] = [guardedBySignatures({ replays }), guardedBySignatures({ replays })]
    expect((await first.check(await signedRequest({}, authorization))).status).toBe(200)
    expect((await second.check(await signedRequest({}, authorization))).status).toBe(401)
  })
})
