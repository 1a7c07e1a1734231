/** What attackers try with ID tokens and user information: every claim that a client relies on, forged. */

import { createHash } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  AS,
  callback,
  clientWorld,
  type Document,
  EVIL,
  json,
  METADATA,
  metadataOf,
  tokenAnswer,
  type World,
} from './support/client-world.ts'

type Keys = Awaited<ReturnType<typeof generateKeyPair>>
let [keys, others]: [Keys?, Keys?] = []
beforeAll(async () => {
  keys = await generateKeyPair('ES256')
  others = await generateKeyPair('ES256')
})

const privateKeyOf = (pair: Keys | undefined) => {
  if (pair === undefined) throw new Error('no keys yet')
  return pair.privateKey
}

interface Forgery {
  readonly claims?: (honest: JWTPayload) => JWTPayload
  readonly header?: Document
  readonly sign?: (claims: JWTPayload, header: { alg: string; kid?: string }) => Promise<string>
  readonly metadata?: Document
  readonly jwks?: (honest: Document) => Document
}

const half = (text: string) =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')

/** Signs in at a server whose ID token is forged in some way. */
async function signInWith(forgery: Forgery = {}) {
  const world = clientWorld()
  await serveKeys(world, forgery)
  const client = world.client({ scope: ['openid', 'email'] })
  const { pending } = await client.begin()
  const now = Math.floor(world.platform.now() / 1000)
  const honest = {
    ...{ iss: AS, sub: 'alice', aud: 'app', iat: now, exp: now + 300 },
    nonce: pending.nonce,
    email: 'alice@example.com',
    at_hash: half('access-1'),
  }
  const header = { alg: 'ES256', kid: 'one', ...forgery.header }
  const id_token = await (forgery.sign ?? sign)((forgery.claims ?? ((c) => c))(honest), header)
  world.on(`${AS}/token`, tokenAnswer({ id_token, scope: 'openid email' }))
  return { world, client, signedIn: client.finish(callback(pending), pending) }
}

const sign = (claims: JWTPayload, header: { alg: string; kid?: string }) =>
  new SignJWT(claims).setProtectedHeader(header).sign(privateKeyOf(keys))

async function serveKeys(world: World, { metadata = {}, jwks = (set) => set }: Forgery) {
  world.on(
    METADATA,
    metadataOf(AS, {
      id_token_signing_alg_values_supported: ['ES256'],
      userinfo_endpoint: `${AS}/userinfo`,
      ...metadata,
    }),
  )
  if (keys === undefined) throw new Error('no keys yet')
  const key = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
  world.on(`${AS}/jwks`, jwks({ keys: [key] }))
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

const without = (name: string) => (claims: JWTPayload) => ({ ...claims, [name]: undefined })

describe('Attacks on clients: ID tokens', () => {
  it('CL-13 an honest one says who signed in, and the grant bears a name for people', async () => {
    const { grant, claims } = await (await signInWith()).signedIn
    expect(claims).toMatchObject({ sub: 'alice', email: 'alice@example.com' })
    expect(grant.label).toBe('alice@example.com')
  })

  it('CL-13 a key without a name is found if there is one only', async () => {
    const header = { kid: undefined }
    await expect((await signInWith({ header })).signedIn).resolves.toBeDefined()
  })

  const forgeries: Readonly<Record<string, Forgery>> = {
    'without a signature': {
      sign: async (claims) => `${encoded({ alg: 'none' })}.${encoded(claims)}.`,
    },
    'without a signature, at a server that allows it': {
      metadata: { id_token_signing_alg_values_supported: ['none', 'ES256'] },
      sign: async (claims) => `${encoded({ alg: 'none' })}.${encoded(claims)}.`,
    },
    'signed with the public key as a secret': {
      metadata: { id_token_signing_alg_values_supported: ['HS256', 'ES256'] },
      sign: (claims) =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'HS256', kid: 'one' })
          .sign(new TextEncoder().encode(JSON.stringify(keys?.publicKey))),
    },
    'signed by another': {
      sign: (claims, header) =>
        new SignJWT(claims).setProtectedHeader(header).sign(privateKeyOf(others)),
    },
    'that names an unknown key': { header: { kid: 'two' } },
    'that names no key of two': {
      header: { kid: undefined },
      jwks: ({ keys }) => ({ keys: [keys, keys].flat() }),
    },
    'with an extension that must be understood': {
      sign: async (claims) =>
        `${encoded({ alg: 'ES256', kid: 'one', crit: ['x'], x: 1 })}.${encoded(claims)}.AAAA`,
    },
    'for another client': { claims: (claims) => ({ ...claims, aud: 'another' }) },
    'for several, none of them responsible': {
      claims: (claims) => ({ ...claims, aud: ['app', 'another'] }),
    },
    'for which another is responsible': {
      claims: (claims) => ({ ...claims, aud: ['app', 'another'], azp: 'another' }),
    },
    'of another issuer': { claims: (claims) => ({ ...claims, iss: EVIL }) },
    'of an issuer with a slash': { claims: (claims) => ({ ...claims, iss: `${AS}/` }) },
    'with another nonce': { claims: (claims) => ({ ...claims, nonce: 'another' }) },
    'without a nonce': { claims: without('nonce') },
    'that is over': { claims: (claims) => ({ ...claims, exp: (claims.iat ?? 0) - 60 }) },
    'that never ends': { claims: without('exp') },
    'of no time': { claims: without('iat') },
    'about nobody': { claims: without('sub') },
    'for another access token': { claims: (claims) => ({ ...claims, at_hash: half('another') }) },
    'that is no JWT': { sign: async () => 'no.jwt' },
    'that is missing': { sign: async () => '' },
  }

  it.each(Object.entries(forgeries))('CL-13 one %s is refused', async (_, forgery) => {
    const { signedIn, client } = await signInWith(forgery)
    await expect(signedIn).rejects.toMatchObject({ code: 'response_mismatch' })
    await expect(client.token()).rejects.toMatchObject({ code: 'sign_in_needed' })
  })

  it('CL-13 no error repeats the ID token', async () => {
    const forgery: Forgery = { claims: (claims) => ({ ...claims, aud: 'another', pin: 'canary' }) }
    const error = await (await signInWith(forgery)).signedIn.catch((caught) => caught)
    expect(`${error} ${error.detail} ${error.cause} ${JSON.stringify(error)}`).not.toMatch(
      /eyJ|canary/,
    )
  })

  it('CL-13 one that nobody asked for is not looked at', async () => {
    const world = clientWorld()
    world.on(`${AS}/token`, tokenAnswer({ id_token: 'no.jwt.at-all' }))
    const client = world.client()
    const { pending } = await client.begin()
    const { claims, grant } = await client.finish(callback(pending), pending)
    expect([claims, grant.label]).toEqual([undefined, undefined])
  })
})

describe('Attacks on clients: user information', () => {
  async function asked(answer: (world: World) => Response | Promise<Response>) {
    const { world, client, signedIn } = await signInWith()
    const { claims } = await signedIn
    world.on(`${AS}/userinfo`, () => answer(world))
    return client.userInfo(claims?.sub ?? '')
  }
  const jwt = (text: string) =>
    new Response(text, { headers: { 'content-type': 'application/jwt' } })

  it('CL-14 it is believed of the user who signed in', async () => {
    const answer = () => json({ sub: 'alice', name: 'Alice' })
    expect(await asked(answer)).toMatchObject({ name: 'Alice' })
  })

  it.each([
    ['another', () => json({ sub: 'bob', name: 'Bob' })],
    ['nobody', () => json({ name: 'Bob' })],
    [
      'somebody, without a signature',
      () => jwt(`${encoded({ alg: 'none' })}.${encoded({ sub: 'alice' })}.`),
    ],
    [
      'somebody, by another signature',
      async () =>
        jwt(
          await new SignJWT({ sub: 'alice', iss: AS, aud: 'app' })
            .setProtectedHeader({ alg: 'ES256', kid: 'one' })
            .sign(privateKeyOf(others)),
        ),
    ],
  ])('CL-14 it is not believed about %s', async (_, answer) => {
    await expect(asked(answer)).rejects.toMatchObject({ code: 'response_mismatch' })
  })
})
