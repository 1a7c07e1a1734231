/**
 * Requests signed with OAuth 1.0, by a client that signs them with another library.
 *
 * Runs by itself: `node examples/oauth1.mjs`.
 */

import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import OAuth from 'oauth-1.0a'

const secret = randomBytes(32).toString('hex')
const consumers = new Map([['printer', { secret }]])
const tokens = new Map([
  ['t-1', { consumerKey: 'printer', secret, subject: 'jane', scopes: ['photos:read'] }],
])

// #region guard
import { createGuard } from 'warder/guard'
import { oauth1 } from 'warder/guard/credentials'

const guard = createGuard({
  resource: 'https://photos.example.com/api',
  accept: [
    oauth1({
      async consumer(key) {
        const known = consumers.get(key)
        return known && { secret: known.secret, methods: ['HMAC-SHA256'] }
      },
      async token(name) {
        return tokens.get(name)
      },
    }),
  ],
})

async function handler(request) {
  const body = async () => new Uint8Array(await request.clone().arrayBuffer())
  const caller = await guard.check(request, { scopes: ['photos:read'] }, { body })
  if (caller instanceof Response) return caller
  return Response.json({ hello: caller.subject, by: caller.clientId })
}
// #endregion

const client = new OAuth({
  consumer: { key: 'printer', secret },
  signature_method: 'HMAC-SHA256',
  hash_function: (text, key) => createHmac('sha256', key).update(text).digest('base64'),
})

/** A signed request, with a form if it has one. */
function signed(method, url, form) {
  // It writes the query into what it is given.
  const request = { method, url, data: { ...form } }
  const { Authorization } = client.toHeader(client.authorize(request, { key: 't-1', secret }))
  const body = form && new URLSearchParams(form)
  return new Request(url, { method, headers: { authorization: Authorization }, body })
}

const url = 'https://photos.example.com/api/photos?size=original'
const good = signed('GET', url)
const answer = await handler(good)
assert.deepEqual(await answer.json(), { hello: 'jane', by: 'printer' })

const again = await handler(good)
assert.equal(again.status, 401)
assert.match(again.headers.get('www-authenticate'), /oauth_problem="nonce_used"/)

const form = await handler(signed('POST', url, { title: 'Sea & sky' }))
assert.equal(form.status, 200)

const changed = signed('POST', url, { title: 'Sea' })
const other = await handler(new Request(changed, { body: 'title=Sky' }))
assert.equal(other.status, 401)

console.log('A signed request was let in once, and none that was changed.')
