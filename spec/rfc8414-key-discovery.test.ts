/** How a guard that is told nothing but its issuer finds the keys. */

import { describe, expect, it } from 'vitest'
import { createGuard, jwt } from 'warder/guard'
import { fakePlatform } from 'warder/testing'
import { createIssuer, ISSUER, lastReason, NOW, RESOURCE, requestWith } from './fixtures/issuer.ts'

type Answers = Readonly<Record<string, (() => Response | Promise<Response>) | undefined>>

/** A guard of one issuer that finds on the network what the test put there, and 404 elsewhere. */
function discovering(issuer: string, answers: Answers) {
  const asked: [url: string, init: RequestInit | undefined][] = []
  const platform = fakePlatform(NOW * 1000)
  const events: { readonly [field: string]: unknown }[] = []
  let current = answers
  const fetch = async (input: unknown, init?: RequestInit) => {
    asked.push([String(input), init])
    return (await current[String(input)]?.()) ?? new Response('not here', { status: 404 })
  }
  const guard = createGuard({
    ...{ resource: RESOURCE, accept: [jwt({ issuer, fetch })], platform },
    onEvent: (event) => events.push({ ...event }),
  })
  return {
    asked,
    platform,
    reason: () => lastReason(events),
    urls: () => asked.splice(0).map(([url]) => url),
    put: (others: Answers) => {
      current = others
    },
    status: async (token: string) => {
      const outcome = await guard.check(requestWith(`Bearer ${token}`))
      return outcome instanceof Response ? outcome.status : 200
    },
  }
}

const signer = await createIssuer()
const jwks = () => Response.json({ keys: [signer.publicJwk] })
const TENANT = `${ISSUER}/tenant`
const OAUTH = `${ISSUER}/.well-known/oauth-authorization-server`
const OPENID = `${ISSUER}/.well-known/openid-configuration`

/** Metadata as an issuer serves it. */
const metadata =
  (issuer: string, members: object = { jwks_uri: `${ISSUER}/keys` }) =>
  () =>
    Response.json({ issuer, ...members })

describe('RFC 8414 §3 Finding the keys of an issuer', () => {
  it('§3.1 asks for the OAuth metadata, and then for the keys that it names', async () => {
    const { status, urls, asked } = discovering(ISSUER, {
      [OAUTH]: metadata(ISSUER),
      [`${ISSUER}/keys`]: jwks,
    })
    expect(await status(await signer.token())).toBe(200)
    for (const [, init] of asked) {
      expect(init).toMatchObject({ redirect: 'error', signal: expect.any(AbortSignal) })
    }
    expect(urls()).toEqual([OAUTH, `${ISSUER}/keys`])
  })

  it('asks for the OpenID metadata where there is no other', async () => {
    const { status, urls } = discovering(ISSUER, {
      [OPENID]: metadata(ISSUER),
      [`${ISSUER}/keys`]: jwks,
    })
    expect(await status(await signer.token())).toBe(200)
    expect(urls()).toEqual([OAUTH, OPENID, `${ISSUER}/keys`])
  })

  it('§3.1 puts the well-known name before the path of an issuer, and OpenID’s after it at last', async () => {
    const last = `${TENANT}/.well-known/openid-configuration`
    const { status, urls } = discovering(TENANT, {
      [last]: metadata(TENANT),
      [`${ISSUER}/keys`]: jwks,
    })
    expect(await status(await signer.token({ iss: TENANT }))).toBe(200)
    expect(urls()).toEqual([`${OAUTH}/tenant`, `${OPENID}/tenant`, last, `${ISSUER}/keys`])
  })

  it('keeps what it found while the keys can be had there', async () => {
    const found = { [OAUTH]: metadata(ISSUER), [`${ISSUER}/keys`]: jwks }
    const { status, urls, platform, put } = discovering(ISSUER, found)
    const token = await signer.token({ exp: NOW + 90_000 })
    expect(await status(token)).toBe(200)
    urls()
    platform.advance(300_000)
    expect(await status(token)).toBe(200)
    expect(urls()).toEqual([`${ISSUER}/keys`])
    put({ [OAUTH]: metadata(ISSUER, { jwks_uri: `${ISSUER}/moved` }), [`${ISSUER}/moved`]: jwks })
    platform.advance(300_000)
    expect(await status(token)).toBe(200)
    expect(urls()).toEqual([`${ISSUER}/keys`])
    platform.advance(30_000)
    expect(await status(token)).toBe(200)
    expect(urls()).toEqual([OAUTH, `${ISSUER}/moved`])
  })

  it.each([
    `${ISSUER}/`,
    'https://AS.test',
    'https://evil.test',
    'http://as.test',
    undefined,
    null,
    [ISSUER],
  ])('§3.3 MUST NOT use metadata whose issuer is %j', async (issuer) => {
    const named = () => Response.json({ issuer, jwks_uri: `${ISSUER}/keys` })
    const { status, urls, reason } = discovering(ISSUER, {
      ...{ [OAUTH]: named, [OPENID]: named },
      [`${ISSUER}/keys`]: jwks,
    })
    expect(await status(await signer.token())).toBe(503)
    expect(urls()).toEqual([OAUTH, OPENID])
    expect(reason()).toContain(`no metadata of ${ISSUER}`)
  })

  it.each([
    ...['http://as.test/keys', 'file:///etc/passwd', 'data:application/json,{}', '/keys', ''],
    ...[
      'http://127.0.0.1/keys',
      'http://localhost/keys',
      'https://127.0.0.1/keys',
      'https://127.0.0.2/keys',
      'https://localhost:8443/keys',
      'https://internal.localhost/keys',
      'https://[::1]/keys',
      'https://169.254.169.254/keys',
      'https://0/keys',
      undefined,
      null,
      ['https://as.test/keys'],
    ],
  ])('§2 takes no keys from jwks_uri %j', async (jwks_uri) => {
    const { status, urls } = discovering(ISSUER, { [OAUTH]: metadata(ISSUER, { jwks_uri }) })
    expect(await status(await signer.token())).toBe(503)
    expect(urls()).toEqual([OAUTH])
  })

  it('§2 jwks_uri may be of another host, which the issuer vouches for', async () => {
    const uri = 'https://keys.example/set'
    const { status } = discovering(ISSUER, {
      [OAUTH]: metadata(ISSUER, { jwks_uri: uri }),
      [uri]: jwks,
    })
    expect(await status(await signer.token())).toBe(200)
  })

  it.each(['http://localhost:4000', 'https://localhost:4000', 'https://10.0.0.1'])(
    'an issuer that is here itself may have its keys here: %s',
    async (issuer) => {
      const { status } = discovering(issuer, {
        [`${issuer}/.well-known/oauth-authorization-server`]: metadata(issuer, {
          jwks_uri: `${issuer}/keys`,
        }),
        [`${issuer}/keys`]: jwks,
      })
      expect(await status(await signer.token({ iss: issuer }))).toBe(200)
    },
  )

  it.each(
    Object.entries({
      'an error': () => new Response('', { status: 500 }),
      'a page': () => new Response('<!doctype html>'),
      nothing: () => new Response(null),
      'a list': () => Response.json([]),
      'a text': () => Response.json('metadata'),
      'more than it may': () => new Response(' '.repeat(300_000)),
      'no connection': () => Promise.reject(new TypeError('fetch failed')),
    }),
  )('goes on to the next document when the answer is %s', async (_, answer) => {
    const { status, urls } = discovering(ISSUER, {
      ...{ [OAUTH]: answer, [OPENID]: metadata(ISSUER) },
      [`${ISSUER}/keys`]: jwks,
    })
    expect(await status(await signer.token())).toBe(200)
    expect(urls()).toEqual([OAUTH, OPENID, `${ISSUER}/keys`])
  })

  it('one look serves all who wait, and an issuer that is away is asked again in a second', async () => {
    const { status, urls, platform, put } = discovering(ISSUER, {})
    const token = await signer.token()
    expect(await Promise.all([status(token), status(token), status(token)])).toEqual([
      503, 503, 503,
    ])
    expect(urls()).toEqual([OAUTH, OPENID])
    put({ [OAUTH]: metadata(ISSUER), [`${ISSUER}/keys`]: jwks })
    expect(await status(token)).toBe(503)
    expect(urls()).toEqual([])
    platform.advance(1_000)
    expect(await status(token)).toBe(200)
  })
})
