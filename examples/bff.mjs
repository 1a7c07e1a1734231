/**
 * A page that calls its API through a backend of its own, which keeps the tokens.
 *
 * Runs by itself: `node examples/bff.mjs`. Warder and the API are in this process, and the browser is a
 * few lines at the end.
 */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWarder } from 'warder'
import { fetchGuard } from 'warder/fetch'
import { createGuard } from 'warder/guard'
import { listen } from 'warder/node'
import { Secret } from 'warder/vault'
import { signIn } from './support/headless-sign-in.mjs'

/** A port that is free now. */
async function freePort() {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

const data = await mkdtemp(join(tmpdir(), 'warder-bff-'))
const issuer = `http://localhost:${await freePort()}`
const api = `http://localhost:${await freePort()}/notes`
const origin = `http://localhost:${await freePort()}`
const portOf = (url) => Number(new URL(url).port)

const warder = await createWarder({
  issuer,
  data,
  server: {
    resources: { [api]: { title: 'Notes', scopes: { 'notes:read': 'read your notes' } } },
  },
})
const password = 'correct horse battery staple'
await warder.accounts.add({ email: 'alice@example.com', password: new Secret(password) })
const added = await warder.clients.add({
  id: 'notes',
  resources: null,
  metadata: { client_name: 'Notes', redirect_uris: [`${origin}/bff/callback`] },
})
process.env.CLIENT_SECRET = added.secret.reveal('the example')
process.env.BFF_SECRET = randomBytes(32).toString('base64')
const authority = await listen(warder.fetch, { port: portOf(issuer) })

const seen = []
const guarded = fetchGuard(
  createGuard({ issuer, resource: api }),
  { scopes: ['notes:read'] },
  (request) => {
    seen.push(request.headers.get('authorization'))
    return Response.json({ notes: [`For ${request.principal.subject}`] })
  },
)
const service = await listen(guarded, { port: portOf(api) })

// #region bff
import express from 'express'
import { createBff } from 'warder/bff'
import { clientSecret, createClient, memoryGrantStore } from 'warder/client'
import { expressHandler } from 'warder/express'

const store = memoryGrantStore()
const client = createClient({
  issuer,
  clientId: 'notes',
  clientAuth: clientSecret(process.env.CLIENT_SECRET),
  redirectUri: `${origin}/bff/callback`,
  resource: api,
  scope: ['openid', 'notes:read'],
  store,
})
const bff = createBff({
  client,
  origin,
  store,
  secret: new Secret(Buffer.from(process.env.BFF_SECRET, 'base64')),
  apis: { notes: api },
})

const app = express()
app.use('/bff', expressHandler(bff.fetch))
// #endregion

const server = app.listen(portOf(origin), 'localhost')
await once(server, 'listening')

/** What a page does; `fetch` and `location` are the browser's. */
async function page({ fetch, location }) {
  // #region page
  const headers = { 'X-CSRF': '1' }
  const { signed_in } = await (await fetch('/bff/session', { headers })).json()
  if (!signed_in) {
    location.href = '/bff/login?returnTo=/notes'
    return
  }
  const { notes } = await (await fetch('/bff/api/notes', { headers })).json()
  // #endregion
  return notes
}

const cookies = new Map()
const keep = (response) => {
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
    if (value === '') cookies.delete(name)
    else cookies.set(name, value)
  }
  return response
}
const browse = async (url, init = {}) => {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { ...init.headers, cookie }
  return keep(await fetch(new URL(url, origin), { ...init, headers, redirect: 'manual' }))
}

const location = {}
assert.equal(await page({ fetch: browse, location }), undefined)
const away = await browse(location.href)
const back = await signIn(away.headers.get('location'), { username: 'alice@example.com', password })
const home = await browse(back)
assert.equal(home.headers.get('location'), '/notes')

const alice = await warder.accounts.findByEmail('alice@example.com')
assert.deepEqual(await page({ fetch: browse, location }), [`For ${alice.id}`])
assert.match(seen[0], /^Bearer /)
assert(![...cookies.values()].join().includes(seen[0].slice(7)))

const forged = await browse('/bff/api/notes')
assert.equal(forged.status, 403)

await browse('/bff/logout', { method: 'POST', headers: { 'x-csrf': '1' } })
assert.equal(cookies.size, 0)

server.close()
await Promise.all([service.close(0), authority.close(0)])
await warder.close()
await rm(data, { recursive: true })
console.log('bff: the page got its notes, and never a token.')
