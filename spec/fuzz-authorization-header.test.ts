/**
 * FZ-01: the `Authorization` header, with every scheme that a guard takes.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CredentialKind, createGuard, type Presented } from 'warder/guard'
import { basic, oauth1 } from 'warder/guard/credentials'
import { formatBasicCredentials, parseBasicCredentials } from 'warder/protocol'
import { fakePlatform } from 'warder/testing'
import { consumer, NOW, RESOURCE, signedHeader, token } from './fixtures/signed-requests.ts'

const identity = {
  ...{ subject: 'alice', clientId: 'web', issuer: RESOURCE, credentialId: '1' },
  ...{ scopes: [], roles: [], claims: {} },
}

/** A kind that takes whatever comes with a scheme, and keeps what it was shown. */
function takes(scheme: string) {
  const shown: Presented[] = []
  const kind: CredentialKind = {
    name: scheme.toLowerCase(),
    create: () => ({
      scheme,
      verify(presented) {
        if (presented.in !== 'authorization' || presented.scheme !== scheme.toLowerCase()) return
        shown.push(presented)
        return identity
      },
    }),
  }
  return { kind, shown }
}

/** A guard that lets in everybody whose credentials can be read. */
function openGuard() {
  const bearer = takes('Bearer')
  const guard = createGuard({
    resource: RESOURCE,
    platform: fakePlatform(NOW * 1000),
    accept: [
      bearer.kind,
      basic({ verify: (subject) => ({ subject }) }),
      oauth1({
        consumer: () => ({ secret: consumer.secret, methods: ['HMAC-SHA1'] }),
        token: () => ({ consumerKey: consumer.key, secret: token.secret, subject: 'alice' }),
      }),
    ],
  })
  const check = (authorization: string) =>
    guard.check({
      method: 'GET',
      url: RESOURCE,
      headers: { get: (name) => (name === 'authorization' ? authorization : null) },
    })
  return { check, shown: bearer.shown }
}

/** A scheme in any case. */
const inAnyCase = (word: string) =>
  fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map((upper) =>
      [...word].map((c, at) => (upper[at] ? c.toUpperCase() : c.toLowerCase())).join(''),
    )

const spaces = fc.integer({ min: 1, max: 4 }).map((count) => ' '.repeat(count))
const token68 = fc.stringMatching(/^[A-Za-z0-9\-._~+/]{1,40}={0,2}$/)
const visible = fc.string({ unit: 'binary', maxLength: 12 }).filter((any) => !/\p{Cc}/u.test(any))

describe('FZ-01 the Authorization header', () => {
  it('is read as it was written, whatever the case of the scheme', async () => {
    const { check, shown } = openGuard()
    await fc.assert(
      fc.asyncProperty(inAnyCase('bearer'), spaces, token68, async (scheme, space, credentials) => {
        expect(await check(`${scheme}${space}${credentials}`)).toMatchObject({ subject: 'alice' })
        expect(shown.at(-1)).toEqual({ in: 'authorization', scheme: 'bearer', credentials })
      }),
      { numRuns: 500 },
    )
  })

  it('never has an empty credential', async () => {
    const { check, shown } = openGuard()
    const scheme = fc.constantFrom('Bearer', 'Basic', 'OAuth', 'DPoP', '').chain(inAnyCase)
    const blank = fc.stringMatching(/^ {0,4}$/)
    await fc.assert(
      fc.asyncProperty(blank, scheme, blank, async (before, scheme, after) => {
        const outcome = await check(`${before}${scheme}${after}`)
        expect(outcome).toBeInstanceOf(Response)
        expect(shown).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('is never taken in two schemes', async () => {
    const signed = await signedHeader()
    const valid = fc.constantFrom(
      'Bearer abc',
      formatBasicCredentials({ username: 'alice', password: 'x' }),
      signed,
    )
    const separator = fc.constantFrom(', ', ',', ' , ', '; ', '\t', ' ')
    await fc.assert(
      fc.asyncProperty(valid, separator, valid, async (one, between, other) => {
        const { check, shown } = openGuard()
        const outcome = await check(`${one}${between}${other}`)
        if (outcome instanceof Response) expect([400, 401]).toContain(outcome.status)
        // What a bearer token may look like is for its verifier to say; nobody else has a word in it.
        else expect(shown).toHaveLength(1)
      }),
      { numRuns: 500 },
    )
  })

  it('gets 400 or 401 or lets in, and never fails', async () => {
    const { check } = openGuard()
    const scheme = fc.constantFrom('Bearer ', 'Basic ', 'OAuth ', 'DPoP ', '')
    const rest = fc.string({ unit: 'binary-ascii', maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(scheme, rest, async (scheme, rest) => {
        const outcome = await check(scheme + rest)
        if (outcome instanceof Response) expect([400, 401]).toContain(outcome.status)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('FZ-01 Basic credentials', () => {
  it('are read as they were written', () => {
    const username = visible.filter((any) => !any.includes(':'))
    fc.assert(
      fc.property(username, visible, (username, password) => {
        const credentials = { username, password }
        const [scheme, written = ''] = formatBasicCredentials(credentials).split(' ')
        expect(scheme).toBe('Basic')
        expect(parseBasicCredentials(written)).toEqual(credentials)
      }),
      { numRuns: 1_000 },
    )
  })

  it('are, form-encoded first, the client id and secret of RFC 6749 §2.3.1', () => {
    const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
    const decode = (text: string) => new URLSearchParams(`=${text}`).get('')
    const any = fc.string({ unit: 'binary', maxLength: 12 })
    fc.assert(
      fc.property(any, any, (id, secret) => {
        const pair = Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')
        const { username, password } = parseBasicCredentials(pair)
        expect([decode(username), decode(password)]).toEqual([id, secret])
      }),
      { numRuns: 1_000 },
    )
  })

  it('have one spelling: nothing is read but what is written', () => {
    const characters = fc.stringMatching(/^[A-Za-z0-9+/=]{0,24}$/)
    fc.assert(
      fc.property(fc.oneof(characters, token68), (text) => {
        let credentials: ReturnType<typeof parseBasicCredentials>
        try {
          credentials = parseBasicCredentials(text)
        } catch {
          return
        }
        expect(formatBasicCredentials(credentials)).toBe(`Basic ${text}`)
      }),
      { numRuns: 5_000 },
    )
  })
})
