/**
 * FZ-07: OAuth 1.0 over generated requests, held against another implementation (`oauth-1.0a`).
 *
 * What that one does not do is not generated for it: it decodes no names and no `+` of a query, loses
 * an empty value before another of the same name and a name that query and form both have, and leaves
 * case and port of an address to its caller.
 */

import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import OAuth from 'oauth-1.0a'
import { describe, expect, it } from 'vitest'
import {
  formatOAuth1Authorization,
  normalizeParameters,
  type Parameter,
  parseOAuth1Authorization,
  parseRequestAddress,
  percentDecode,
  percentEncode,
  sharedSecrets,
  signatureBaseString,
  signBaseString,
  verifySignature,
} from 'warder/protocol'
import { guardedBySignatures, NOW, RESOURCE } from './fixtures/signed-requests.ts'

/** How many requests are signed by the one and verified by the other. */
const AGREEMENTS = 1_000

/** Any text that has UTF-8; none with the NUL that forms must not have. */
const text = fc.string({ unit: 'binary', maxLength: 10 }).map((any) => any.replaceAll('\0', ''))
const word = fc.stringMatching(/^[A-Za-z0-9\-._~]{1,8}$/)
const parameters = fc.array(fc.tuple(text, text), { maxLength: 8 })
const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS')
const path = fc
  .array(fc.oneof(word, text.map(encodeURIComponent)), { maxLength: 4 })
  .map((segments) => segments.map((segment) => `/${segment}`).join(''))

/** Names with one value or more, as the other implementation takes them. */
const named = (name: fc.Arbitrary<string>) =>
  fc.dictionary(
    name.filter((any) => !any.startsWith('oauth_') && !(any in Object.prototype)),
    fc.array(text.filter(Boolean), { minLength: 1, maxLength: 3 }),
    { maxKeys: 4, noNullPrototype: true },
  )

const pairs = (values: Readonly<Record<string, readonly string[]>>): Parameter[] =>
  Object.entries(values).flatMap(([name, all]) => all.map((value): Parameter => [name, value]))

describe('FZ-07 OAuth 1.0 against another implementation', () => {
  it(`agrees on the base string and the signature of ${AGREEMENTS} requests, and lets them in`, async () => {
    const secrets = fc.record({ consumer: text.filter(Boolean), token: text })
    const hash = fc.constantFrom('HMAC-SHA1', 'HMAC-SHA256')
    const query = named(word).map(pairs)
    // RFC 5849 §3.4.1.3.1 counts what is in both; the other implementation only the one in the form.
    const isInOne = (inQuery: readonly Parameter[], form: object) =>
      inQuery.every(([name]) => !Object.hasOwn(form, name))
    const request = fc
      .record({ secrets, hash, method, path, query, form: named(text) })
      .filter((any) => isInOne(any.query, any.form))
    let nonce = 0
    await fc.assert(
      fc.asyncProperty(request, async ({ secrets, hash, method, path, query, form }) => {
        const theirs = new OAuth({
          consumer: { key: 'their key', secret: secrets.consumer },
          signature_method: hash,
          realm: 'any',
          hash_function: (base, key) =>
            createHmac(hash === 'HMAC-SHA1' ? 'sha1' : 'sha256', key)
              .update(base)
              .digest('base64'),
        })
        theirs.getTimeStamp = () => NOW
        theirs.getNonce = () => `nonce ${nonce++}`
        const hasForm = method !== 'GET' && method !== 'HEAD' && Object.keys(form).length > 0
        const encoded = query.map(([name, value]) => `${name}=${percentEncode(value)}`).join('&')
        const uri = `${RESOURCE}${path}`
        const url = `${uri}?${encoded}`.replace(/\?$/, '')
        const signed = { method, url, ...(hasForm ? { data: structuredClone(form) } : {}) }
        const token = { key: 'their token', secret: secrets.token }
        const authorized = theirs.authorize(signed, token)
        const { oauth_signature, oauth_consumer_key, oauth_nonce, oauth_version } = authorized
        const { oauth_signature_method, oauth_timestamp } = authorized
        // Not all of what it answers: it writes query and form into that.
        const data = {
          ...{ oauth_consumer_key, oauth_nonce, oauth_signature_method, oauth_timestamp },
          ...{ oauth_version, oauth_token: token.key },
        }
        const inHeader = Object.entries(data).map(
          ([name, value]): Parameter => [name, String(value)],
        )
        const inForm = hasForm ? pairs(form) : []
        const all = [...inHeader, ...query, ...inForm]
        const baseString = signatureBaseString({ method, uri, parameters: all })
        const again = { method, url, ...(hasForm ? { data: structuredClone(form) } : {}) }
        expect(baseString).toBe(theirs.getBaseString(again, data))
        const key = sharedSecrets(secrets.consumer, secrets.token)
        expect(await signBaseString(hash, baseString, key)).toBe(oauth_signature)

        const { check } = guardedBySignatures({
          consumer: (key) =>
            key === 'their key' ? { secret: secrets.consumer, methods: [hash] } : undefined,
          token: (name, consumerKey) => ({ consumerKey, secret: secrets.token, subject: name }),
        })
        const authorization = theirs.toHeader(authorized).Authorization
        const sent = new Request('https://unused.test', {
          method,
          headers: { authorization },
          ...(hasForm ? { body: new URLSearchParams(inForm.map(([n, v]) => [n, v])) } : {}),
        })
        // Not made by `Request`, which would change the path.
        const asSent = { method, url, headers: sent.headers }
        const body = async () => new Uint8Array(await sent.clone().arrayBuffer())
        const { principal } = await check(asSent, { body })
        expect(principal?.subject).toBe('their token')
      }),
      { numRuns: AGREEMENTS },
    )
  })
})

describe('FZ-07 OAuth 1.0 by itself', () => {
  it('decodes what it encodes, in unreserved characters and capitals', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (any) => {
        const encoded = percentEncode(any)
        expect(encoded).toMatch(/^(?:[A-Za-z0-9\-._~]|%[0-9A-F]{2})*$/)
        expect(percentDecode(encoded)).toBe(any)
      }),
      { numRuns: 2_000 },
    )
  })

  it('reads the header that it writes', () => {
    const name = text.filter((any) => !/\p{Cc}/u.test(any) && any !== '' && !/^realm$/i.test(any))
    const value = text.filter((any) => !/\p{Cc}/u.test(any))
    const header = fc.uniqueArray(fc.tuple(name, value), {
      ...{ selector: ([name]) => name, minLength: 1, maxLength: 8 },
    })
    const realm = fc.option(fc.stringMatching(/^[\x20-\x7e]{0,10}$/), { nil: undefined })
    fc.assert(
      fc.property(header, realm, (parameters, realm) => {
        const authorization = { ...(realm === undefined ? {} : { realm }), parameters }
        const written = formatOAuth1Authorization(authorization)
        expect(parseOAuth1Authorization(written.slice('OAuth '.length))).toEqual(authorization)
      }),
      { numRuns: 1_000 },
    )
  })

  it('signs the same whatever order the parameters come in', () => {
    const shuffled = parameters.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, ([some, same]) => {
        expect(normalizeParameters(same)).toBe(normalizeParameters(some))
      }),
    )
  })

  it('signs different parameters differently', () => {
    const sorted = (all: readonly Parameter[]) => all.map((each) => JSON.stringify(each)).sort()
    fc.assert(
      fc.property(parameters, parameters, (some, others) => {
        const isSame = JSON.stringify(sorted(some)) === JSON.stringify(sorted(others))
        expect(normalizeParameters(some) === normalizeParameters(others)).toBe(isSame)
      }),
      { numRuns: 1_000 },
    )
  })

  it('signs one base string for all spellings of a host, and another for another port', () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}[a-z0-9]$/)
    const scheme = fc.constantFrom('http', 'https')
    const port = fc.integer({ min: 1, max: 65_535 })
    fc.assert(
      fc.property(scheme, label, port, path, text, (scheme, host, port, path, query) => {
        const own = scheme === 'https' ? 443 : 80
        const expected = `${scheme}://${host}.test${path || '/'}`
        const after = `${path}?${encodeURIComponent(query)}`
        for (const authority of [
          `${host}.test`,
          `${host}.TEST:${own}`,
          `${host.toUpperCase()}.Test:`,
        ]) {
          expect(parseRequestAddress(`${scheme.toUpperCase()}://${authority}${after}`).uri).toBe(
            expected,
          )
        }
        const { uri } = parseRequestAddress(`${scheme}://${host}.test:${port}${after}`)
        expect(uri === expected).toBe(port === own)
      }),
    )
  })

  it('has the URL parser of the platform agree on the host and the path that it signs', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (any) => {
        const url = new URL(any)
        const { uri, authority, query } = parseRequestAddress(url.href)
        expect(uri).toBe(url.origin + url.pathname)
        expect(authority).toBe(url.host)
        expect(query).toBe(url.search.slice(1))
      }),
      { numRuns: 1_000 },
    )
  })

  it('verifies what was signed, and nothing else', async () => {
    const signed = fc.record({ baseString: text, consumer: text, token: text })
    await fc.assert(
      fc.asyncProperty(signed, signed, async (one, other) => {
        const keyOf = ({ consumer, token }: typeof one) => sharedSecrets(consumer, token)
        const signature = await signBaseString('HMAC-SHA256', one.baseString, keyOf(one))
        const verify = ({ baseString }: typeof one, key: string) =>
          verifySignature('HMAC-SHA256', { baseString, signature }, key)
        expect(await verify(one, keyOf(one))).toBe(true)
        const isSame = JSON.stringify(one) === JSON.stringify(other)
        expect(await verify(other, keyOf(other))).toBe(isSame)
      }),
    )
  })

  it('refuses any other header with 400 or 401, and lets nobody in by it', async () => {
    const { guard } = guardedBySignatures()
    const pair = fc
      .tuple(fc.constantFrom('oauth_token', 'oauth_nonce', 'oauth_version', 'realm', 'a'), word)
      .map(([name, value]) => `${name}="${value}"`)
    const junk = fc.stringMatching(/^[\x20-\x7e]{0,40}$/)
    const credentials = fc.oneof(
      junk,
      fc.array(fc.oneof(pair, junk)).map((all) => all.join(',')),
    )
    await fc.assert(
      fc.asyncProperty(credentials, async (credentials) => {
        const headers = new Headers({ authorization: `OAuth ${credentials}` })
        const outcome = await guard.check({ method: 'GET', url: RESOURCE, headers })
        if (!(outcome instanceof Response)) throw new Error('let in')
        expect([400, 401]).toContain(outcome.status)
        expect(outcome.headers.get('www-authenticate')).toMatch(/^OAuth realm="/)
      }),
      { numRuns: 1_000 },
    )
  })
})
