/**
 * Calling an API on behalf of a user, from a server with sessions, and as a service of its own.
 *
 * Runs by itself: `node examples/call-an-api.mjs`. Warder, the API and the person at the browser are in
 * this process.
 */

import assert from 'node:assert/strict'
import { signIn } from './support/headless-sign-in.mjs'
import { freePort, startWarderAndApi } from './support/warder-and-api.mjs'

const { issuer, api, warder, person, stop } = await startWarderAndApi()
const origin = `http://localhost:${await freePort()}`
const added = await warder.clients.add({
  id: 'diary',
  resources: null,
  metadata: { client_name: 'Diary', redirect_uris: [`${origin}/callback`] },
})
const service = await warder.clients.add({
  id: 'nightly',
  resources: [api],
  metadata: {
    client_name: 'Nightly',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    scope: 'notes:read',
  },
})
process.env.OAUTH_CLIENT_SECRET = added.secret.reveal('the example')
process.env.NIGHTLY_SECRET = service.secret.reveal('the example')

/** What your framework gives you for each visitor. */
const session = {}

// #region user
import { clientSecretBasic, createClient } from 'warder/client'
import { Secret } from 'warder/vault'

const diary = createClient({
  resource: api,
  issuer,
  clientId: 'diary',
  clientAuth: clientSecretBasic(new Secret(process.env.OAUTH_CLIENT_SECRET)),
  redirectUri: `${origin}/callback`,
  scope: ['notes:read'],
})

/** GET /login */
async function login() {
  const { url, pending } = await diary.begin({ account: session.id })
  session.pending = pending
  return Response.redirect(url)
}

/** GET /callback */
async function callback(request) {
  await diary.finish(request.url, session.pending)
  delete session.pending
  return Response.redirect(`${origin}/`)
}

/** GET / */
async function home() {
  const response = await diary.fetch(api, {}, { account: session.id })
  return Response.json(await response.json())
}
// #endregion

session.id = 'session-of-alice'
const sent = await login()
const back = await signIn(sent.headers.get('location'), person)
await callback(new Request(back))
assert.deepEqual(await (await home()).json(), { notes: ['Buy milk'], by: 'diary' })

// #region refused
import { ClientError } from 'warder/client'

async function homeOrLogin() {
  try {
    return await home()
  } catch (error) {
    if (error instanceof ClientError && error.code === 'sign_in_needed') return login()
    throw error
  }
}
// #endregion

session.id = 'session-of-a-stranger'
assert.equal((await homeOrLogin()).status, 302)

// #region service
import { clientCredentials } from 'warder/client'

const nightly = createClient({
  resource: api,
  issuer,
  clientId: 'nightly',
  clientAuth: clientSecretBasic(new Secret(process.env.NIGHTLY_SECRET)),
  flow: clientCredentials(),
  scope: ['notes:read'],
})

const response = await nightly.fetch(api)
// #endregion

assert.deepEqual(await response.json(), { notes: ['Buy milk'], by: 'nightly' })
const [first, second] = await Promise.all([nightly.token(), nightly.token()])
assert.equal(first, second)

await stop()
console.log('Everything was as it should be.')
