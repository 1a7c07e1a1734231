/** A page whose tokens are bound to a key that cannot leave the browser. */

import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { createGuard, jwt } from 'warder/guard'
import { dpopRules, normalizeHtu, verifyDpopProof } from 'warder/protocol'
import { fakePlatform } from 'warder/testing'
import { API, ISSUER } from './support/authorization-server.ts'
import { PageBrowser, type Tab } from './support/page-browser.ts'
import { CALLBACK, PAGE, pageOptions } from './support/page-world.ts'

const options = { ...pageOptions, scopes: ['bills:read'], dpop: true }

let signingKey: Awaited<ReturnType<typeof generateKeyPair>>
beforeAll(async () => {
  signingKey = await generateKeyPair('ES256')
})

/** A small server that binds tokens, asks for nonces, and gives one token a time. */
function bindingServer() {
  const platform = fakePlatform()
  const rules = dpopRules({ now: platform.now, algorithms: ['ES256'], maxAge: 60 })
  const bound: string[] = []
  const state = { jkt: '', nonce: undefined as string | undefined, tokenType: 'DPoP' }
  const publicKey = async () => ({
    keys: [{ ...(await exportJWK(signingKey.publicKey)), kid: '1', alg: 'ES256' }],
  })
  const metadata = {
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/authorize`,
    token_endpoint: `${ISSUER}/token`,
    jwks_uri: `${ISSUER}/jwks`,
    code_challenge_methods_supported: ['S256'],
    dpop_signing_alg_values_supported: ['ES256'],
  }
  const accessToken = (jkt: string) =>
    new SignJWT({ client_id: 'pub', scope: 'bills:read', cnf: { jkt } })
      .setProtectedHeader({ alg: 'ES256', kid: '1', typ: 'at+jwt' })
      .setIssuer(ISSUER)
      .setAudience(API)
      .setSubject('alice')
      .setJti(crypto.randomUUID())
      .setIssuedAt(Math.floor(platform.now() / 1000))
      .setExpirationTime(Math.floor(platform.now() / 1000) + 900)
      .sign(signingKey.privateKey)
  const guard = createGuard({
    accept: [
      jwt({ issuer: ISSUER, fetch: async (url: unknown) => fetch(new Request(String(url))) }),
    ],
    resource: API,
    platform,
    dpop: { nonces: {} },
  })

  async function fetch(request: Request): Promise<Response> {
    const { pathname, origin } = new URL(request.url)
    if (`${origin}/` === API) {
      const caller = await guard.check(request)
      return caller instanceof Response
        ? caller
        : Response.json({ subject: caller.subject }, { headers: guard.headers(caller) })
    }
    if (pathname.startsWith('/.well-known/')) return Response.json(metadata)
    if (pathname === '/jwks') return Response.json(await publicKey())
    const { headers, method } = request
    const proof = await verifyDpopProof(
      { proof: headers.get('dpop'), method, htu: normalizeHtu(request.url) },
      rules,
    )
    const claims = JSON.parse(
      Buffer.from((headers.get('dpop') ?? '').split('.')[1] ?? '', 'base64url').toString(),
    )
    if (claims.nonce !== state.nonce) {
      const nonce = state.nonce ?? ''
      return Response.json(
        { error: 'use_dpop_nonce' },
        { status: 400, headers: { 'dpop-nonce': nonce } },
      )
    }
    bound.push(proof.jkt)
    const body = {
      access_token: await accessToken(proof.jkt),
      token_type: state.tokenType,
      expires_in: 900,
      refresh_token: `refresh-${bound.length}`,
    }
    return Response.json(body)
  }
  return { platform, fetch, bound, state }
}

async function signIn(tab: Tab): Promise<Tab> {
  await tab.load(options)
  await tab.client.signIn()
  const { searchParams } = new URL(tab.left ?? '')
  await tab.load(options, `${CALLBACK}?code=c&state=${searchParams.get('state')}`)
  return tab
}

describe('RFC 9449 DPoP, in a page', () => {
  it('§2 keeps the private key where no script can take it out', async () => {
    const pages = new PageBrowser(bindingServer())
    await signIn(pages.tab(PAGE))
    const [pair] = pages.keys.values()
    expect(pair?.privateKey.extractable).toBe(false)
    if (pair === undefined) throw new Error('No key is kept.')
    await expect(crypto.subtle.exportKey('jwk', pair.privateKey)).rejects.toThrow()
  })

  it('§4, §7 proves each request to the server and to the API, with the nonces they ask for', async () => {
    const server = bindingServer()
    server.state.nonce = 'a-nonce'
    const tab = await signIn(new PageBrowser(server).tab(PAGE))
    expect(tab.client.state().status).toBe('signed-in')
    const answer = await tab.client.fetch(`${API}bills?page=2`)
    expect(await answer.json()).toEqual({ subject: 'alice' })
    const last = tab.sent.at(-1)
    expect(last?.headers.get('authorization')).toMatch(/^DPoP /)
    // The next one knows the nonce.
    const before = tab.sent.length
    expect((await tab.client.fetch(`${API}bills`, { method: 'DELETE' })).status).toBe(200)
    expect(tab.sent).toHaveLength(before + 1)
  })

  it('§10 has the code bound to the key as well', async () => {
    const server = bindingServer()
    const tab = new PageBrowser(server).tab(PAGE)
    await tab.load(options)
    await tab.client.signIn()
    const { searchParams } = new URL(tab.left ?? '')
    await tab.load(options, `${CALLBACK}?code=c&state=${searchParams.get('state')}`)
    expect(server.bound).toEqual([searchParams.get('dpop_jkt')])
  })

  it('§5 all tabs have one key, before and after a renewal', async () => {
    const server = bindingServer()
    const pages = new PageBrowser(server)
    const first = await signIn(pages.tab(PAGE))
    const second = pages.tab(PAGE)
    await second.load(options)
    pages.pass(1_000_000)
    await Promise.all([first, second].map(({ client }) => client.token()))
    for (const { client } of [first, second]) {
      expect((await client.fetch(`${API}bills`)).status).toBe(200)
    }
    expect(server.bound).toHaveLength(2)
    expect(new Set(server.bound).size).toBe(1)
  })

  it('§5 MUST NOT take a token that is not bound', async () => {
    const server = bindingServer()
    server.state.tokenType = 'Bearer'
    const tab = await signIn(new PageBrowser(server).tab(PAGE))
    expect(tab.client.state()).toMatchObject({
      status: 'signed-out',
      error: { code: 'answer_malformed' },
    })
  })

  it('§5.1 goes to no server that does not offer it', async () => {
    const server = bindingServer()
    const metadata = { issuer: ISSUER, code_challenge_methods_supported: ['S256'] }
    const world = { ...server, fetch: async () => Response.json(metadata) }
    const tab = new PageBrowser(world).tab(PAGE)
    await tab.load(options)
    await expect(tab.client.signIn()).rejects.toMatchObject({ code: 'metadata_refused' })
  })
})
