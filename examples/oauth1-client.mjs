/**
 * A user lets an application use a service that still speaks OAuth 1.0a.
 *
 * Runs by itself: `node examples/oauth1-client.mjs`. The service is a provider in this process.
 */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { oauth1Provider } from 'warder/testing'

const secret = randomBytes(32).toString('hex')
const provider = oauth1Provider({
  origin: 'https://photos.example.net',
  consumers: { printer: { secret, methods: ['HMAC-SHA1'] } },
})
const { fetch } = provider

// #region client
import { createOAuth1Client } from 'warder/client/oauth1'

const client = createOAuth1Client({
  consumer: { key: 'printer', secret },
  signatureMethod: 'HMAC-SHA1',
  endpoints: {
    temporaryCredentialRequest: 'https://photos.example.net/initiate',
    resourceOwnerAuthorization: 'https://photos.example.net/authorize',
    tokenRequest: 'https://photos.example.net/token',
  },
  fetch,
})

async function connect(session) {
  const { url, temporary } = await client.start('https://printer.example.com/ready')
  session.temporary = temporary
  return Response.redirect(url)
}

async function ready(session, request) {
  const { temporary } = session
  delete session.temporary
  session.token = await client.finish(temporary, { callbackUrl: request.url })
}

async function photos(session) {
  return client.as(session.token).fetch('https://photos.example.net/photos?size=original')
}
// #endregion

const session = {}
const redirect = await connect(session)
const page = provider.page(redirect.headers.get('location'))
assert.equal(page.consumerKey, 'printer')
const { callbackUrl } = page.approve('jane')
await ready(session, new Request(callbackUrl))
const answer = await photos(session)
assert.equal(answer.status, 200)
assert.equal((await answer.json()).subject, 'jane')

const stranger = {}
await connect(stranger)
await assert.rejects(ready(stranger, new Request(callbackUrl)), { code: 'response_mismatch' })

// #region sign
const request = new Request('https://photos.example.net/albums', { method: 'POST', body: '{}' })
const signed = await client.as(session.token).sign(request)
// #endregion
assert.match(signed.headers.get('authorization'), /^OAuth oauth_consumer_key="printer"/)
assert.equal((await fetch(signed)).status, 200)

console.log(
  'Jane’s photos were fetched with signed requests, and nobody else’s callback was taken.',
)
