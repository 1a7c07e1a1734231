/**
 * OAuth 1.0a, the client: the examples of the RFC byte for byte through the public interface, the flow
 * against a provider whose guards verify every request, and agreement with another implementation.
 *
 * The signature printed in §3.1 is not that of the request (erratum 2550).
 */

import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createOAuth1Client, type OAuth1ClientOptions, type Placement } from 'warder/client/oauth1'
import { parseOAuth1Authorization, percentEncode, type SignatureMethod } from 'warder/protocol'
import { fakePlatform } from 'warder/testing'
import { Secret } from 'warder/vault'
import { ORIGIN, rigOf, secrets, signedIn, texts } from './fixtures/oauth1-client.ts'

/** A client as in the examples: what its requests look like, and what they are answered with. */
function exampleClient(
  { time = 0, once = '', ...options }: Partial<OAuth1ClientOptions> & ExampleTimes,
  answer: () => Response = () => new Response('oauth_token=a&oauth_token_secret=b'),
) {
  const sent: Request[] = []
  const client = createOAuth1Client({
    consumer: { key: 'dpf43f3p2l4k3l03', secret: new Secret('kd94hf93k423kf44') },
    ...{ signatureMethod: 'HMAC-SHA1', realm: 'Photos', nonce: () => once },
    platform: fakePlatform(time * 1000),
    async fetch(input, init) {
      sent.push(new Request(input, init))
      return answer()
    },
    endpoints: {
      temporaryCredentialRequest: 'https://photos.example.net/initiate',
      resourceOwnerAuthorization: 'https://photos.example.net/authorize',
      tokenRequest: 'https://photos.example.net/token',
    },
    ...options,
  })
  return { client, sent, header: () => sent.at(-1)?.headers.get('authorization') }
}

interface ExampleTimes {
  readonly time?: number
  readonly once?: string
}

const confirmed = () =>
  new Response(
    'oauth_token=hh5s93j4hdidpola&oauth_token_secret=hdhd0244k9j7ao03&oauth_callback_confirmed=true',
  )

/** The service of §2, which takes PLAINTEXT. */
const section2 = {
  consumer: { key: 'jd83jd92dhsh93js', secret: 'ja893SD9' },
  signatureMethod: 'PLAINTEXT',
  realm: 'Example',
  endpoints: {
    temporaryCredentialRequest: 'https://server.example.com/request_temp_credentials',
    resourceOwnerAuthorization: 'https://server.example.com/authorize_access',
    tokenRequest: 'https://server.example.com/request_token',
  },
} as const

const answering = (text: string, init?: ResponseInit) => () => new Response(text, init)

const FORM = 'application/x-www-form-urlencoded'

describe('RFC 5849 The OAuth 1.0 Protocol, the client: the examples, byte for byte', () => {
  it('§1.2 the request for temporary credentials, and where the user is sent', async () => {
    const { client, header } = exampleClient({ time: 137131200, once: 'wIjqoS' }, confirmed)
    const { url, temporary } = await client.start('http://printer.example.com/ready')
    expect(header()).toBe(
      'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131200", oauth_nonce="wIjqoS", oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready", oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D"',
    )
    expect(url).toBe('https://photos.example.net/authorize?oauth_token=hh5s93j4hdidpola')
    expect(temporary.secret.reveal('test')).toBe('hdhd0244k9j7ao03')
  })

  it('§1.2 the request for the credentials of a token', async () => {
    const { client, sent, header } = exampleClient(
      { time: 137131201, once: 'walatlh' },
      answering('oauth_token=nnch734d00sl2jdk&oauth_token_secret=pfkkdhi9sl3r4s00'),
    )
    const token = await client.finish(
      { token: 'hh5s93j4hdidpola', secret: 'hdhd0244k9j7ao03' },
      {
        callbackUrl:
          'http://printer.example.com/ready?oauth_token=hh5s93j4hdidpola&oauth_verifier=hfdp7dh39dks9884',
      },
    )
    expect(sent[0]).toMatchObject({ method: 'POST', url: 'https://photos.example.net/token' })
    expect(header()).toBe(
      'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="hh5s93j4hdidpola", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="walatlh", oauth_verifier="hfdp7dh39dks9884", oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D"',
    )
    expect(token.token).toBe('nnch734d00sl2jdk')
    expect(token.secret.reveal('test')).toBe('pfkkdhi9sl3r4s00')
  })

  it('§1.2 the request for a photo', async () => {
    const { client, header } = exampleClient({ time: 137131202, once: 'chapoH' })
    const jane = { token: 'nnch734d00sl2jdk', secret: new Secret('pfkkdhi9sl3r4s00') }
    await client.as(jane).fetch('http://photos.example.net/photos?file=vacation.jpg&size=original')
    expect(header()).toBe(
      'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131202", oauth_nonce="chapoH", oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"',
    )
  })

  it('§2.1, §2.2, §2.3 the flow with PLAINTEXT', async () => {
    const answers = [
      'oauth_token=hdk48Djdsa&oauth_token_secret=xyz4992k83j47x0b&oauth_callback_confirmed=true',
      'oauth_token=j49ddk933skd9dks&oauth_token_secret=ll399dj47dskfjdk',
    ]
    const { client, header } = exampleClient(section2, () => new Response(answers.shift()))
    const { url, temporary } = await client.start('http://client.example.net/cb?x=1')
    expect(header()).toBe(
      'OAuth realm="Example", oauth_consumer_key="jd83jd92dhsh93js", oauth_signature_method="PLAINTEXT", oauth_callback="http%3A%2F%2Fclient.example.net%2Fcb%3Fx%3D1", oauth_signature="ja893SD9%26"',
    )
    expect(url).toBe('https://server.example.com/authorize_access?oauth_token=hdk48Djdsa')
    const callbackUrl =
      'http://client.example.net/cb?x=1&oauth_token=hdk48Djdsa&oauth_verifier=473f82d3'
    const token = await client.finish(temporary, { callbackUrl })
    expect(header()).toBe(
      'OAuth realm="Example", oauth_consumer_key="jd83jd92dhsh93js", oauth_token="hdk48Djdsa", oauth_signature_method="PLAINTEXT", oauth_verifier="473f82d3", oauth_signature="ja893SD9%26xyz4992k83j47x0b"',
    )
    expect(token.token).toBe('j49ddk933skd9dks')
    expect(token.secret.reveal('test')).toBe('ll399dj47dskfjdk')
  })

  it('§3.1 the request with a form, with the signature of erratum 2550', async () => {
    const { client, sent, header } = exampleClient({
      consumer: { key: '9djdj82h48djs9d2', secret: 'j49sk3j29djd' },
      ...{ realm: 'Example', time: 137131201, once: '7d8f3e4a' },
    })
    const token = { token: 'kkk9d7dh3k39sjv7', secret: 'dh893hdasih9' }
    await client.as(token).fetch('http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b', {
      ...{ method: 'POST', headers: { 'content-type': FORM }, body: 'c2&a3=2+q' },
    })
    expect(header()).toBe(
      'OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", oauth_token="kkk9d7dh3k39sjv7", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="7d8f3e4a", oauth_signature="r6%2FTJjbCOr97%2F%2BUU0NsvSne7s5g%3D"',
    )
    expect(sent[0]?.url).toBe('http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b')
    expect(await sent[0]?.text()).toBe('c2&a3=2+q')
  })
})

describe('RFC 5849 The OAuth 1.0 Protocol, the client: getting credentials', () => {
  it.each<[SignatureMethod, Placement]>([
    ['HMAC-SHA1', 'header'],
    ['HMAC-SHA256', 'header'],
    ['RSA-SHA1', 'header'],
    ['RSA-SHA256', 'header'],
    ['PLAINTEXT', 'header'],
    ['HMAC-SHA1', 'form'],
    ['RSA-SHA256', 'form'],
    ['HMAC-SHA256', 'query'],
    ['PLAINTEXT', 'query'],
  ])(
    '§2 the three steps with %s in the %s, verified by a guard',
    async (signatureMethod, placement) => {
      const { client, provider } = rigOf({ signatureMethod, placement })
      const { url, temporary } = await client.start('https://app.test/back?x=1')
      const page = provider.page(url)
      expect(page?.consumerKey).toBe('app')
      const { callbackUrl = '' } = page?.approve('alice') ?? {}
      expect(callbackUrl).toMatch(/^https:\/\/app\.test\/back\?x=1&oauth_token=/)
      const token = await client.finish(temporary, { callbackUrl })
      const form = { title: 'Sea & sky', '': '+' }
      const response = await client.as(token).fetch(`${ORIGIN}/photos?q=a+b&q=%2B&%C3%BC`, {
        ...{ method: 'POST', body: new URLSearchParams(form) },
      })
      const called = { subject: 'alice', consumer: 'app', method: 'POST' }
      expect(await response.json()).toEqual({ ...called, body: `${new URLSearchParams(form)}` })
    },
  )

  it('§2.1 without a callback the user is shown a verifier, and types it', async () => {
    const { client, provider, sent } = rigOf()
    const { url, temporary } = await client.start()
    expect(sent[0]?.headers.get('authorization')).toContain('oauth_callback="oob"')
    const shown = provider.page(url)?.approve('alice')
    expect(shown).not.toHaveProperty('callbackUrl')
    const token = await client.finish(temporary, { verifier: ` ${shown?.verifier}\n` })
    const response = await client.as(token).fetch(`${ORIGIN}/me`)
    expect(await response.json()).toMatchObject({ subject: 'alice' })
  })

  it.each(['ready', '/ready', ''])(
    '§2.1 the callback is an absolute URI, not %j',
    async (callback) => {
      await expect(rigOf().client.start(callback)).rejects.toMatchObject({ path: 'callback' })
    },
  )

  it.each([
    '',
    '&oauth_callback_confirmed=',
    '&oauth_callback_confirmed=TRUE',
    '&oauth_callback_confirmed=false',
  ])('§2.1 oauth_callback_confirmed MUST be true: %j', async (more) => {
    const { client } = exampleClient({}, answering(`oauth_token=a&oauth_token_secret=b${more}`))
    await expect(client.start()).rejects.toMatchObject({ code: 'answer_malformed' })
  })

  it.each([
    ['nothing', ''],
    ['no token', 'oauth_token_secret=b'],
    ['no secret', 'oauth_token=a'],
    ['an empty secret', 'oauth_token=a&oauth_token_secret='],
    ['a token twice', 'oauth_token=a&oauth_token_secret=b&oauth_token=a'],
    ['another parameter twice', 'oauth_token=a&oauth_token_secret=b&x=1&x=2'],
    ['half an encoding', 'oauth_token=a%2&oauth_token_secret=b'],
    ['what is not UTF-8', 'oauth_token=%FF&oauth_token_secret=b'],
    ['JSON', '{"oauth_token":"a","oauth_token_secret":"b"}'],
    ['too many parameters', `oauth_token=a&oauth_token_secret=b&${'x&'.repeat(300)}`],
    ['more than 64 KiB', `oauth_token=a&oauth_token_secret=${'b'.repeat(65_536)}`],
    ['no end', `oauth_token=a&oauth_token_secret=${'b'.repeat(1_000_000)}`],
  ])('§2.3 an answer with %s gives no credentials', async (_, text) => {
    const { client } = exampleClient({}, answering(text))
    const attempt = client.finish({ token: 't', secret: 's' }, { verifier: 'v' })
    await expect(attempt).rejects.toMatchObject({ code: 'answer_malformed' })
  })

  it('§2.3 what else the answer says is at hand, and does not print', async () => {
    const { client } = exampleClient(
      {},
      answering(
        'oauth_token=a&oauth_token_secret=canary-1&user_id=7&oauth_session_handle=canary-2\n',
      ),
    )
    const given = await client.finish({ token: 't', secret: 's' }, { verifier: 'v' })
    expect(given.others.get('user_id')).toBe('7')
    expect(given.others.get('oauth_session_handle')).toBe('canary-2')
    expect(given.others.names()).toEqual(['user_id', 'oauth_session_handle'])
    expect(texts(given)).not.toMatch(/canary/)
  })

  it('§2.3 tokens of consumers that sign with a key may have an empty secret', async () => {
    const { client } = exampleClient(
      { signatureMethod: 'RSA-SHA1', consumer: { key: 'c', privateKey: secrets.rsa.privateKey } },
      answering('oauth_token=a&oauth_token_secret='),
    )
    const given = await client.finish({ token: 't', secret: '' }, { verifier: 'v' })
    expect(given.secret.reveal('test')).toBe('')
  })

  it('§2.2 a user who says no is told apart from a mistake', async () => {
    const { client, provider } = rigOf()
    const { url, temporary } = await client.start('https://app.test/back')
    const { callbackUrl = '' } = provider.page(url)?.deny() ?? {}
    await expect(client.finish(temporary, { callbackUrl })).rejects.toMatchObject({
      ...{ code: 'refused', serverCode: 'user_refused' },
    })
    const denied = `https://app.test/back?denied=${temporary.token}`
    await expect(client.finish(temporary, { callbackUrl: denied })).rejects.toMatchObject({
      code: 'refused',
    })
  })

  it('§2.3 a verifier that is wrong, or not there yet, is refused by name', async () => {
    const { client, provider } = rigOf()
    const { url, temporary } = await client.start()
    await expect(client.finish(temporary, { verifier: 'x' })).rejects.toMatchObject({
      ...{ code: 'sign_in_needed', serverCode: 'permission_unknown' },
    })
    const { verifier = '' } = provider.page(url)?.approve('alice') ?? {}
    await expect(client.finish(temporary, { verifier: `${verifier}x` })).rejects.toMatchObject({
      ...{ code: 'refused', serverCode: 'verifier_invalid' },
    })
    await expect(client.finish(temporary, { verifier })).resolves.toBeDefined()
  })

  it.each([
    [401, '', undefined, 'client_refused'],
    [403, '', undefined, 'refused'],
    [400, 'No', undefined, 'answer_malformed'],
    [302, '', undefined, 'answer_malformed'],
    [429, '', undefined, 'try_later'],
    [503, 'oauth_problem=token_rejected', 'token_rejected', 'try_later'],
    [
      401,
      'oauth_problem=consumer_key_unknown&oauth_problem_advice=x',
      'consumer_key_unknown',
      'client_refused',
    ],
    [401, 'a=b&oauth_problem=token_expired\n', 'token_expired', 'refused'],
    [400, 'oauth_problem=constructor', 'constructor', 'refused'],
  ])(
    '§2 an answer %i %j is the problem %s, and the error %s',
    async (status, text, serverCode, code) => {
      const { client } = exampleClient(
        {},
        answering(text, { status, headers: { 'retry-after': '7' } }),
      )
      const error = await client.start().catch((error: unknown) => error)
      expect(error).toMatchObject({ name: 'ClientError', code, serverCode })
      expect(error).toHaveProperty('retryAfter', code === 'try_later' ? 7 : undefined)
    },
  )

  it('§2 the problem in a challenge counts more than that in the body', async () => {
    const headers = {
      'www-authenticate': 'Basic realm="x", OAuth realm="y", oauth_problem="signature_invalid"',
    }
    const { client } = exampleClient(
      {},
      answering('oauth_problem=token_used', { status: 401, headers }),
    )
    await expect(client.start()).rejects.toMatchObject({ serverCode: 'signature_invalid' })
  })

  it('§2 tokens come from endpoints', async () => {
    const { consumer } = section2
    const client = createOAuth1Client({ consumer, signatureMethod: 'HMAC-SHA1' })
    await expect(client.start()).rejects.toMatchObject({ path: 'endpoints' })
    const attempt = client.finish({ token: 't', secret: 's' }, { verifier: 'v' })
    await expect(attempt).rejects.toMatchObject({ path: 'endpoints' })
  })

  it('§2 an endpoint that cannot be reached is no refusal', async () => {
    const { client } = exampleClient({}, () => {
      throw new TypeError('fetch failed')
    })
    await expect(client.start()).rejects.toMatchObject({ code: 'unreachable' })
  })
})

describe('RFC 5849 The OAuth 1.0 Protocol, the client: signing requests', () => {
  it('§3.1 the consumer signs for itself without a token', async () => {
    const { client } = rigOf()
    const signed = await client.sign(new Request(`${ORIGIN}/me`))
    expect(signed.headers.get('authorization')).not.toContain('oauth_token')
    const response = await rigOf({ itself: { subject: 'the app' } }).client.fetch(`${ORIGIN}/me`)
    expect(await response.json()).toMatchObject({ subject: 'the app', consumer: 'app' })
  })

  it('§3.1 what is signed stays to be used, and what comes of it is the same but for the header', async () => {
    const { client } = exampleClient({ realm: 'r' })
    const request = new Request('https://a.test/x?y=1#z', {
      ...{ method: 'PUT', body: 'text', headers: { 'x-a': '1', authorization: 'Bearer other' } },
    })
    const signed = await client.sign(request)
    expect(signed).toMatchObject({ method: 'PUT', url: request.url, redirect: 'manual' })
    expect(signed.headers.get('x-a')).toBe('1')
    expect(signed.headers.get('authorization')).toMatch(/^OAuth realm="r", oauth_consumer_key=/)
    expect(await signed.text()).toBe('text')
    expect(await request.text()).toBe('text')
  })

  it('§3.1 oauth_version is 1.0 if it is sent', async () => {
    const url = 'https://a.test/'
    const without = await exampleClient({}).client.sign(new Request(url))
    expect(without.headers.get('authorization')).not.toContain('oauth_version')
    const sent = await exampleClient({ version: '1.0' }).client.sign(new Request(url))
    expect(sent.headers.get('authorization')).toContain('oauth_version="1.0"')
  })

  it.each([
    ['query', 'https://a.test/?oauth_token=x', {}],
    ['query, encoded', 'https://a.test/?%6Fauth_x=1', {}],
    [
      'form',
      'https://a.test/',
      { method: 'POST', body: new URLSearchParams({ oauth_nonce: 'x' }) },
    ],
  ])(
    '§3.2 no parameter MUST come twice: protocol parameters in the %s are not signed',
    async (_, url, init) => {
      const { client } = exampleClient({})
      await expect(client.fetch(url, init)).rejects.toThrow(TypeError)
    },
  )

  it.each([
    ['query', 'https://a.test/?a=%zz', {}],
    [
      'form',
      'https://a.test/',
      { method: 'POST', headers: { 'content-type': FORM }, body: Uint8Array.of(0xff) },
    ],
  ])('§3.4.1.3.1 a %s that nobody can read is not signed', async (_, url, init) => {
    const { client } = exampleClient({})
    await expect(client.fetch(url, init)).rejects.toThrow(/UTF-8/)
  })

  it('§3.3 a nonce is new with each request, and of 128 bits', async () => {
    const { client, sent } = rigOf()
    await Promise.all(Array.from({ length: 50 }, () => client.fetch(ORIGIN)))
    const nonces = sent.map(
      ({ headers }) => /oauth_nonce="([0-9a-f]{32})"/.exec(headers.get('authorization') ?? '')?.[1],
    )
    expect(new Set(nonces).size).toBe(50)
    expect(nonces).not.toContain(undefined)
  })

  it('§3.3 the clock of the service is taken, and once, where it refuses the timestamp', async () => {
    const { as, sent, clock, requests } = await signedIn()
    clock.advance(-3_600_000)
    const response = await as.fetch(`${ORIGIN}/photos`, { method: 'POST', body: 'a picture' })
    expect(await response.json()).toMatchObject({ subject: 'alice', body: 'a picture' })
    expect(requests()).toBe(2)
    const stamps = sent
      .slice(-2)
      .map(({ headers }) => /timestamp="(\d+)"/.exec(headers.get('authorization') ?? '')?.[1])
    expect(Number(stamps[1]) - Number(stamps[0])).toBe(3600)
    // It is remembered.
    expect((await as.fetch(`${ORIGIN}/photos`)).status).toBe(200)
    expect(requests()).toBe(3)
    clock.advance(7_200_000)
    expect((await as.fetch(`${ORIGIN}/photos`)).status).toBe(200)
    expect(requests()).toBe(5)
  })

  it('§3.3 the clock of the service is taken for credentials as well', async () => {
    const { client, clock, requests } = rigOf()
    clock.advance(3_600_000)
    await expect(client.start()).resolves.toBeDefined()
    expect(requests()).toBe(2)
  })

  it.each([
    ['no date', {}],
    ['a date that is none', { date: 'yesterday' }],
    ['the time that was sent', { date: new Date(0).toUTCString() }],
  ])('§3.3 a refused timestamp with %s is handed back', async (_, more) => {
    const challenge = 'OAuth realm="x", oauth_problem="timestamp_refused"'
    const headers = { 'www-authenticate': challenge, ...more }
    const { client, sent } = exampleClient({}, answering('', { status: 401, headers }))
    expect((await client.fetch('https://a.test/')).status).toBe(401)
    await expect(client.start()).rejects.toMatchObject({ serverCode: 'timestamp_refused' })
    expect(sent).toHaveLength(2)
  })

  it('§3.3 a service that refuses every timestamp is asked twice and no more', async () => {
    const headers = {
      'www-authenticate': 'OAuth oauth_problem="timestamp_refused"',
      date: new Date(1e12).toUTCString(),
    }
    const { client, sent } = exampleClient({}, answering('', { status: 401, headers }))
    expect((await client.fetch('https://a.test/')).status).toBe(401)
    expect(sent).toHaveLength(2)
  })

  it('§3.4.2 the secrets are as they were given, whatever is in them', async () => {
    const odd = { consumer: 'a&b=c %2B', token: 'ü/+~' }
    const { client } = exampleClient({ consumer: { key: 'k y', secret: odd.consumer } })
    const signed = await client
      .as({ token: 't&', secret: odd.token })
      .sign(new Request('https://a.test/'))
    const key = 'a%26b%3Dc%20%252B&%C3%BC%2F%2B~'
    const base =
      'GET&https%3A%2F%2Fa.test%2F&oauth_consumer_key%3Dk%2520y%26oauth_nonce%3D%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D0%26oauth_token%3Dt%2526'
    const signature = createHmac('sha1', key).update(base).digest('base64')
    expect(signed.headers.get('authorization')).toContain(
      `oauth_signature="${percentEncode(signature)}"`,
    )
  })

  it.each<[SignatureMethod, Partial<OAuth1ClientOptions>]>([
    ['RSA-SHA1', { consumer: { key: 'c', secret: 's' } }],
    ['HMAC-SHA1', { consumer: { key: 'c', privateKey: secrets.rsa.privateKey } }],
    ['PLAINTEXT', { consumer: { key: 'c', privateKey: secrets.rsa.privateKey } }],
  ])('§3.4 %s needs what it signs with', (signatureMethod, options) => {
    expect(() => exampleClient({ signatureMethod, ...options })).toThrow('consumer')
  })

  it('§3.5 a signature is in one place', async () => {
    const url = 'https://a.test/p?a=1#f'
    const form = {
      method: 'POST',
      headers: { 'content-type': `${FORM};charset=UTF-8` },
      body: 'b=2',
    }
    const placed = async (placement: Placement, init: RequestInit) => {
      const signed = await exampleClient({ placement }).client.sign(new Request(url, init))
      const header = signed.headers.get('authorization')
      return {
        header: header === null ? undefined : 'signed',
        query: signed.url.replace(/&oauth_.*oauth_signature=[^&#]+/, ' signed'),
        form: (await signed.text()).replace(/&oauth_.*oauth_signature=[^&#]+$/, ' signed'),
      }
    }
    expect(await placed('header', form)).toEqual({ header: 'signed', query: url, form: 'b=2' })
    expect(await placed('form', form)).toEqual({
      header: undefined,
      query: url,
      form: 'b=2 signed',
    })
    expect(await placed('query', form)).toEqual({
      ...{ header: undefined, query: 'https://a.test/p?a=1 signed#f', form: 'b=2' },
    })
    // §3.5.2: only a form.
    expect(await placed('form', {})).toEqual({ header: 'signed', query: url, form: '' })
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    expect(await placed('form', json)).toEqual({ header: 'signed', query: url, form: '{}' })
  })

  it('§3.5.2 a form that gets the signature is sent with its new length', async () => {
    const { client } = exampleClient({ placement: 'form' })
    const headers = { 'content-type': FORM, 'content-length': '3' }
    const signed = await client.sign(
      new Request('https://a.test/', { method: 'POST', headers, body: 'b=2' }),
    )
    expect(signed.headers.get('content-length')).toBeNull()
  })
})

describe('OAuth Request Body Hash, the client', () => {
  const json = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } }

  const hashIn = ({ headers }: Request) =>
    new Map(
      parseOAuth1Authorization((headers.get('authorization') ?? '').slice('OAuth '.length))
        .parameters,
    ).get('oauth_body_hash')

  it.each<[SignatureMethod, string]>([
    ['HMAC-SHA1', 'sha1'],
    ['HMAC-SHA256', 'sha256'],
    ['RSA-SHA1', 'sha1'],
    ['RSA-SHA256', 'sha256'],
  ])(
    '§3.2 with %s a body that is no form is signed by its %s, which a guard checks',
    async (signatureMethod, hash) => {
      const { client, sent, tamper } = rigOf({ signatureMethod, itself: { subject: 'app' } })
      expect((await client.fetch(ORIGIN, json)).status).toBe(200)
      const expected = createHash(hash).update(json.body).digest('base64')
      expect(sent[0] && hashIn(sent[0])).toBe(expected)
      tamper((request) => new Request(request, { body: '{"a":2}' }))
      expect((await client.fetch(ORIGIN, json)).status).toBe(401)
    },
  )

  it.each([
    ['a form', { ...json, body: new URLSearchParams('a=1'), headers: {} }],
    ['no body', { method: 'GET' }],
    ['an empty body', { ...json, body: '' }],
  ])('§4.1.1 MUST NOT be sent with %s', async (_, init) => {
    const { client, sent } = exampleClient({})
    await client.fetch('https://a.test/', init)
    expect(sent[0] && hashIn(sent[0])).toBeUndefined()
  })

  it('can be switched off, and is not sent with PLAINTEXT, which covers nothing', async () => {
    for (const options of [{ bodyHash: false }, section2] as const) {
      const { client, sent } = exampleClient(options)
      await client.fetch('https://server.example.com/', json)
      expect(sent[0] && hashIn(sent[0])).toBeUndefined()
    }
  })
})
