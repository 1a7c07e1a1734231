/**
 * What the OAuth 1.0 client signs, over generated requests, held against another implementation
 * (`oauth-1.0a`).
 *
 * What that one does not do is not generated for it: it decodes no names and no `+` of a query, loses
 * an empty value before another of the same name and a name that query and form both have, and takes
 * an address as it stands, where the platform writes it in its own way.
 */

import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import OAuth from 'oauth-1.0a'
import { expect } from 'vitest'
import { createOAuth1Client } from 'warder/client/oauth1'
import { percentEncode } from 'warder/protocol'
import { fakePlatform } from 'warder/testing'

const NOW = Date.UTC(2026, 0, 1) / 1000

/** Any text that has UTF-8; none with the NUL that forms must not have. */
const text = fc.string({ unit: 'binary', maxLength: 6 }).map((any) => any.replaceAll('\0', ''))
const some = text.filter(Boolean)
const word = fc.stringMatching(/^[A-Za-z0-9\-._~]{1,4}$/)

/** Names with one value or more. */
const named = (name: fc.Arbitrary<string>) =>
  fc.dictionary(
    name.filter((any) => !any.startsWith('oauth_') && !(any in Object.prototype)),
    fc.array(some, { minLength: 1, maxLength: 2 }),
    { maxKeys: 2, noNullPrototype: true },
  )

const anyRequests = fc.record({
  hash: fc.constantFrom('HMAC-SHA1', 'HMAC-SHA256'),
  consumer: fc.record({ key: some, secret: some }),
  token: fc.option(fc.record({ key: some, secret: text }), { nil: undefined }),
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
  path: fc.array(fc.oneof(word, text.map(percentEncode)), { maxLength: 2 }),
  query: named(word),
  form: named(text),
})

const requests = anyRequests.filter(({ query, form }) =>
  Object.keys(query).every((name) => !Object.hasOwn(form, name)),
)

const form = (values: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(values).flatMap(([name, all]) => all.map((value) => [name, value]))

/** Signs as many requests by both, and expects that they agree. */
export async function expectAgreement(requestCount: number): Promise<void> {
  let made = 0
  const property = fc.asyncProperty(requests, async ({ hash, consumer, token, ...request }) => {
    const { method } = request
    const nonce = `nonce ${made++}`
    const encoded = form(request.query).map(
      ([name, value = '']) => `${name}=${percentEncode(value)}`,
    )
    const address = ['https://api.test', ...request.path].join('/')
    const { href: url } = new URL(`${address}?${encoded.join('&')}`.replace(/\?$/, ''))
    const hasForm = !['GET', 'HEAD'].includes(method)
    const body = hasForm ? new URLSearchParams(form(request.form)) : null

    const theirs = new OAuth({
      ...{ consumer, signature_method: hash },
      hash_function: (base, key) =>
        createHmac(hash === 'HMAC-SHA1' ? 'sha1' : 'sha256', key)
          .update(base)
          .digest('base64'),
    })
    theirs.getTimeStamp = () => NOW
    theirs.getNonce = () => nonce
    const data = hasForm ? { data: structuredClone(request.form) } : {}
    const authorized = theirs.authorize({ method, url, ...data }, token)

    const client = createOAuth1Client({
      ...{ consumer, signatureMethod: hash, version: '1.0', nonce: () => nonce },
      platform: fakePlatform(NOW * 1000),
    })
    const ours = token === undefined ? client : client.as({ ...token, token: token.key })
    const signed = await ours.sign(new Request(url, { method, body }))
    expect(signed.url).toBe(url)
    const signature = `oauth_signature="${percentEncode(authorized.oauth_signature)}"`
    expect(signed.headers.get('authorization')).toContain(signature)
  })
  await fc.assert(property, { numRuns: requestCount })
}
