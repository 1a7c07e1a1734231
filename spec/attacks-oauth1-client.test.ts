/**
 * Attacks on the OAuth 1.0a client, and on its exchange of credentials.
 *
 * Not here: O1-03 and O1-06, which are a verifier's (`attacks-oauth1.test.ts`).
 */

import { createHmac, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ClientError } from 'warder/client'
import { createOAuth1Client } from 'warder/client/oauth1'
import { percentEncode } from 'warder/protocol'
import { fakePlatform } from 'warder/testing'
import {
  ORIGIN,
  type RigOptions,
  rigOf,
  secrets,
  signedIn,
  texts,
} from './fixtures/oauth1-client.ts'

/** A client with a token whose requests are answered by `answer`, and what was sent. */
function answeredBy(answer: (request: Request) => Response, options: RigOptions = {}) {
  const sent: Request[] = []
  const rig = rigOf({
    async fetch(input, init) {
      const request = new Request(input, init)
      sent.push(request)
      return answer(request)
    },
    ...options,
  })
  const token = { token: 'token', secret: 'canary-token' }
  return { ...rig, sent, as: rig.client.as(token), token }
}

const redirect = (location: string, status = 302) =>
  new Response('moved', { status, headers: { location } })

const nonceOf = ({ headers }: Request) =>
  /oauth_nonce="(\w+)"/.exec(headers.get('authorization') ?? '')?.[1]

describe('O1: requests that give the secrets away', () => {
  it.each([
    ['plain http', 'http://provider.test/me'],
    ['plain http to this machine', 'http://localhost:8080/me'],
    ['another host', 'https://evil.test/me'],
    ['another port', 'https://provider.test:8443/me'],
    ['a host that begins like it', 'https://provider.test.evil.test/me'],
  ])('O1-07 PLAINTEXT is not sent over %s', async (_, url) => {
    const { as, sent } = answeredBy(() => new Response(), { signatureMethod: 'PLAINTEXT' })
    const error = await as.fetch(url).catch((error: unknown) => error)
    expect(error).toMatchObject({ name: 'ClientError', code: 'url_refused' })
    await expect(as.sign(new Request(url))).rejects.toMatchObject({ code: 'url_refused' })
    expect(sent).toEqual([])
    expect((await as.fetch(`${ORIGIN}/me`)).status).toBe(200)
  })

  it('O1-07 PLAINTEXT without endpoints goes nowhere but to origins that are named', async () => {
    const options = {
      consumer: { key: 'app', secret: 'canary' },
      signatureMethod: 'PLAINTEXT',
      fetch: async () => new Response(),
    } as const
    await expect(createOAuth1Client(options).fetch(ORIGIN)).rejects.toThrow('apiOrigins')
    const named = createOAuth1Client({ ...options, apiOrigins: ['https://api.test/v1'] })
    expect((await named.fetch('https://api.test/v2')).status).toBe(200)
    await expect(named.fetch(ORIGIN)).rejects.toThrow('apiOrigins')
  })

  it('O1-07 with apiOrigins, nothing is signed for others by any method', async () => {
    const { as, sent } = answeredBy(() => new Response(), { apiOrigins: ['https://api.test'] })
    await as.fetch('https://api.test/photos')
    await as.fetch(`${ORIGIN}/photos`)
    await expect(as.fetch('https://evil.test/')).rejects.toMatchObject({ code: 'url_refused' })
    expect(sent).toHaveLength(2)
  })

  it.each([
    'http://provider.test/token',
    'https://user@provider.test/token',
    'ftp://provider.test/token',
    'https://provider.test/a/../token',
    'token',
  ])('O1-07 an endpoint that is not https is none: %s', (tokenRequest) => {
    const { endpoints } = rigOf().provider
    const attempt = () => rigOf({ endpoints: { ...endpoints, tokenRequest } })
    expect(attempt).toThrow(expect.objectContaining({ code: 'url_refused' }))
  })
})

describe('O1: temporary credentials', () => {
  it('O1-09 are exchanged once: a replay gives nothing', async () => {
    const { client, temporary, verifier, as } = await signedIn()
    const attempt = client.finish(temporary, { verifier })
    await expect(attempt).rejects.toMatchObject({ name: 'ClientError', code: 'client_refused' })
    expect((await as.fetch(`${ORIGIN}/me`)).status).toBe(200)
  })

  it('O1-09 are exchanged once: of 50 at the same time, one is given a token', async () => {
    const { client, provider } = rigOf()
    const { url, temporary } = await client.start()
    const { verifier = '' } = provider.page(url)?.approve('alice') ?? {}
    const attempts = Array.from({ length: 50 }, () => client.finish(temporary, { verifier }))
    const outcomes = await Promise.allSettled(attempts)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const others = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    )
    expect(others.every((reason) => reason instanceof ClientError)).toBe(true)
  })

  it('O1-09 a user decides once, and a denial is not undone', async () => {
    const { client, provider } = rigOf()
    const { url, temporary } = await client.start()
    provider.page(url)?.deny()
    expect(provider.page(url)).toBeUndefined()
    await expect(client.finish(temporary, { verifier: 'x' })).rejects.toMatchObject({
      serverCode: 'permission_denied',
    })
  })

  it.each([
    ['another authorization', (token: string) => `oauth_token=${token}x&oauth_verifier=v`],
    ['no authorization', () => 'oauth_verifier=v'],
    [
      'two authorizations',
      (token: string) => `oauth_token=${token}&oauth_token=x&oauth_verifier=v`,
    ],
    ['two verifiers', (token: string) => `oauth_token=${token}&oauth_verifier=v&oauth_verifier=w`],
    ['nothing', () => ''],
    ['what is not UTF-8', (token: string) => `oauth_token=${token}&oauth_verifier=%FF`],
  ])('O1-09 a callback of %s ends none: nothing is sent', async (_, queryOf) => {
    const { client, sent } = rigOf()
    const { temporary } = await client.start('https://app.test/back')
    const callbackUrl = `https://app.test/back?${queryOf(temporary.token)}`
    await expect(client.finish(temporary, { callbackUrl })).rejects.toMatchObject({
      code: 'response_mismatch',
    })
    expect(sent).toHaveLength(1)
  })

  it('O1-09 what stands in the fragment of a callback is not read', async () => {
    const { client } = rigOf()
    const { temporary } = await client.start('https://app.test/back')
    const callbackUrl = `https://app.test/back#?oauth_token=${temporary.token}&oauth_verifier=v`
    await expect(client.finish(temporary, { callbackUrl })).rejects.toMatchObject({
      code: 'response_mismatch',
    })
  })

  it('O1-09 the authorization of one user is not finished with the credentials of another', async () => {
    const { client, provider } = rigOf()
    const [alice, mallory] = [
      await client.start('https://app.test/'),
      await client.start('https://app.test/'),
    ]
    const { callbackUrl = '' } = provider.page(mallory.url)?.approve('mallory') ?? {}
    await expect(client.finish(alice.temporary, { callbackUrl })).rejects.toMatchObject({
      code: 'response_mismatch',
    })
  })

  it.each(['javascript:alert(1)//', '"><script>', 'a b&c=d#e', '../../'])(
    'a token of the service cannot leave its place in the address that is opened: %s',
    async (token) => {
      const body = new URLSearchParams({
        ...{ oauth_token: token, oauth_token_secret: 's', oauth_callback_confirmed: 'true' },
      })
      const { client } = answeredBy(() => new Response(`${body}`))
      const { url } = await client.start()
      expect(url).toBe(`${ORIGIN}/authorize?oauth_token=${percentEncode(token)}`)
    },
  )
})

describe('O1: keys', () => {
  it.each([
    ['no token', undefined, 'canary%20%26%2B&'],
    ['an empty secret', { token: 't', secret: '' }, 'canary%20%26%2B&'],
    [
      'a secret that needs encoding',
      { token: 't', secret: 'ü&=%' },
      'canary%20%26%2B&%C3%BC%26%3D%25',
    ],
  ])('O1-11 the key of an HMAC with %s is exact', async (_, token, key) => {
    const client = createOAuth1Client({
      ...{ consumer: { key: 'c', secret: 'canary &+' }, signatureMethod: 'HMAC-SHA256' },
      ...{ platform: fakePlatform(1000), nonce: () => 'n' },
    })
    const signer = token === undefined ? client : client.as(token)
    const signed = await signer.sign(new Request('https://a.test/'))
    const base = `GET&https%3A%2F%2Fa.test%2F&oauth_consumer_key%3Dc%26oauth_nonce%3Dn%26oauth_signature_method%3DHMAC-SHA256%26oauth_timestamp%3D1${token === undefined ? '' : '%26oauth_token%3Dt'}`
    const signature = createHmac('sha256', key).update(base).digest('base64')
    expect(signed.headers.get('authorization')).toContain(`"${percentEncode(signature)}"`)
  })

  it.each([
    ['of 1024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey],
    ['of another kind', generateKeyPairSync('ed25519').privateKey],
  ])('O1-12 a key %s does not sign', async (_, key) => {
    const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString()
    const client = createOAuth1Client({
      ...{ consumer: { key: 'c', privateKey }, signatureMethod: 'RSA-SHA256' },
    })
    const attempt = client.sign(new Request('https://a.test/'))
    await expect(attempt).rejects.toThrow('RSA key of 2048')
  })

  it('O1-12 a public key does not sign', async () => {
    const client = createOAuth1Client({
      ...{ consumer: { key: 'c', privateKey: secrets.rsa.publicKey }, signatureMethod: 'RSA-SHA1' },
    })
    await expect(client.sign(new Request('https://a.test/'))).rejects.toThrow()
  })
})

describe('O1: redirects', () => {
  it.each([301, 302, 303, 307, 308])(
    'O1-14 a %i is handed back, and nothing is sent elsewhere',
    async (status) => {
      const { as, sent } = answeredBy(() => redirect('https://evil.test/', status))
      const response = await as.fetch(`${ORIGIN}/photos`, { method: 'POST', body: 'a=b' })
      expect(response.status).toBe(status)
      expect(response.headers.get('location')).toBe('https://evil.test/')
      expect(sent.map(({ url, redirect }) => [url, redirect])).toEqual([
        [`${ORIGIN}/photos`, 'manual'],
      ])
    },
  )

  it('O1-14 what is signed by hand is not redirected either, whatever the request says', async () => {
    const { as } = answeredBy(() => new Response())
    for (const redirect of ['follow', 'manual'] as const) {
      expect((await as.sign(new Request(ORIGIN, { redirect }))).redirect).toBe('manual')
    }
  })

  it.each([
    'https://evil.test/',
    '//evil.test/',
    'https://provider.test@evil.test/',
    'https://provider.test.evil.test/',
    'https://provider.test:8443/',
    'http://provider.test/',
    '\\\\evil.test/',
    'javascript:alert(1)',
    'data:,x',
    'https://',
  ])('O1-14 where redirects are followed, one to another origin is not: %s', async (location) => {
    const { as, sent } = answeredBy(() => redirect(location), { redirects: 'same-origin' })
    expect((await as.fetch(ORIGIN)).status).toBe(302)
    expect(sent).toHaveLength(1)
  })

  it('O1-14 where redirects are followed, each is signed anew and verified', async () => {
    const sent: Request[] = []
    const provider = rigOf({ itself: { subject: 'app' } }).provider
    const { client } = rigOf({
      redirects: 'same-origin',
      async fetch(input, init) {
        const request = new Request(input, init)
        sent.push(request.clone())
        const { pathname } = new URL(request.url)
        return pathname === '/old' ? redirect('/new?a=1', 308) : provider.fetch(request)
      },
    })
    const response = await client.fetch(`${ORIGIN}/old`, { method: 'POST', body: 'kept' })
    expect(await response.json()).toMatchObject({ method: 'POST', body: 'kept', subject: 'app' })
    expect(sent.map(({ url }) => url)).toEqual([`${ORIGIN}/old`, `${ORIGIN}/new?a=1`])
    expect(new Set(sent.map(nonceOf)).size).toBe(2)
  })

  it.each([
    [303, 'PUT', 'GET'],
    [302, 'POST', 'GET'],
    [301, 'POST', 'GET'],
    [302, 'PUT', 'PUT'],
    [307, 'POST', 'POST'],
    [303, 'HEAD', 'HEAD'],
  ])('O1-14 where a %i is followed, %s becomes %s', async (status, method, becomes) => {
    const { as, sent } = answeredBy(
      ({ url }) => (url.endsWith('/to') ? new Response() : redirect('/to', status)),
      { redirects: 'same-origin' },
    )
    await as.fetch(ORIGIN, { method, ...(method === 'HEAD' ? {} : { body: 'text' }) })
    expect(sent[1]?.method).toBe(becomes)
    const hasBody = becomes === 'PUT' || becomes === 'POST'
    expect(sent[1]?.headers.has('content-type')).toBe(hasBody)
    expect(await sent[1]?.text()).toBe(hasBody ? 'text' : '')
  })

  it('O1-14 where redirects are followed, they end', async () => {
    const { as, sent } = answeredBy(() => redirect('/again'), { redirects: 'same-origin' })
    expect((await as.fetch(ORIGIN)).status).toBe(302)
    expect(sent).toHaveLength(6)
  })

  it('O1-14 where redirects are followed, a request may still say not to', async () => {
    const { as, sent } = answeredBy(() => redirect('/to'), { redirects: 'same-origin' })
    expect((await as.fetch(ORIGIN, { redirect: 'manual' })).status).toBe(302)
    expect(sent).toHaveLength(1)
  })

  it('O1-14 an endpoint that redirects gets nothing more, even to its own origin', async () => {
    const { client, sent } = answeredBy(() => redirect('/initiate2', 307), {
      redirects: 'same-origin',
    })
    await expect(client.start()).rejects.toMatchObject({ code: 'answer_malformed' })
    expect(sent).toHaveLength(1)
  })
})

describe('O1: clocks that others set', () => {
  const refusing = (date: number) => () =>
    new Response('', {
      status: 401,
      headers: {
        'www-authenticate': 'OAuth oauth_problem="timestamp_refused"',
        date: new Date(date).toUTCString(),
      },
    })

  const timestamps = (sent: readonly Request[]) =>
    sent.map(({ headers }) => /timestamp="(\d+)"/.exec(headers.get('authorization') ?? '')?.[1])

  it('nobody on the way of plain http can have requests of tomorrow signed', async () => {
    const { as, sent } = answeredBy(refusing(Date.UTC(2030)))
    await as.fetch('http://api.test/')
    expect(sent).toHaveLength(1)
  })

  it('one service cannot move the time for another', async () => {
    const { as, sent } = answeredBy(refusing(Date.UTC(2030)))
    await as.fetch('https://evil.test/')
    await as.sign(new Request(ORIGIN)).then((request) => sent.push(request))
    const [first, moved, other] = timestamps(sent)
    expect(Number(moved)).toBe(Date.UTC(2030) / 1000)
    expect(other).toBe(first)
  })

  it('services without number are not all remembered', async () => {
    const { as, sent } = answeredBy(refusing(Date.UTC(2030)))
    for (let n = 0; n <= 100; n++) await as.fetch(`https://s${n}.test/`)
    sent.length = 0
    await as.fetch('https://s0.test/')
    await as.fetch('https://s100.test/')
    expect(sent).toHaveLength(3)
  })
})

describe('O1: secrets in what is printed', () => {
  it('neither clients nor what they give, throw or tell of has a secret in it', async () => {
    const seen: unknown[] = []
    const { client, provider, clock } = rigOf({
      placement: 'query',
      trace: (step) => seen.push(step),
    })
    const started = await client.start('https://app.test/back')
    const { callbackUrl = '' } = provider.page(started.url)?.approve('alice') ?? {}
    const token = await client.finish(started.temporary, { callbackUrl })
    clock.advance(1e9)
    const attempts = [
      client.finish(started.temporary, { callbackUrl }),
      client.finish(started.temporary, { callbackUrl: 'https://app.test/back?oauth_token=x' }),
      client.as(token).fetch('https://a.test/?oauth_x=1'),
      client.as(token).fetch('https://a.test/?a=%'),
    ]
    for (const { status, ...outcome } of await Promise.allSettled(attempts)) {
      expect(status).toBe('rejected')
      seen.push(outcome)
    }
    const printed = texts([client, client.as(token), started, token, seen])
    const hidden = [secrets.consumer, percentEncode(secrets.consumer), 'oauth_signature=']
    for (const { secret } of [started.temporary, token]) hidden.push(secret.reveal('test'))
    hidden.push(new URL(callbackUrl).searchParams.get('oauth_verifier') ?? '')
    for (const secret of hidden) expect(printed).not.toContain(secret)
    expect(seen.length).toBeGreaterThan(6)
  })

  it('a private key that cannot be used is not shown', async () => {
    const client = createOAuth1Client({
      consumer: { key: 'c', privateKey: 'canary-key' },
      signatureMethod: 'RSA-SHA1',
    })
    const error = await client.sign(new Request(ORIGIN)).catch((error: unknown) => error)
    expect(texts(error)).not.toContain('canary-key')
  })
})
