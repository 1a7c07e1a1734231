/**
 * API keys for an API of your own: made, used, rotated and revoked.
 *
 * Runs by itself: `node examples/api-keys.mjs`. The keys are in a file that is deleted at the end.
 */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'warder-'))
const file = join(folder, 'keys.db')
const secret = randomBytes(32)

// #region guard
import { createGuard } from 'warder/guard'
import { apiKeys, createApiKeys } from 'warder/guard/credentials'
import { sqliteStore } from 'warder/store'
import { createVault, Secret } from 'warder/vault'

const store = await sqliteStore(file)
const vault = createVault(new Secret(secret))
const keys = createApiKeys({ store, vault, issuer: 'https://api.example.com' })

const guard = createGuard({
  resource: 'https://api.example.com/notes',
  accept: [apiKeys({ keys })],
})

async function handler(request, connection) {
  const caller = await guard.check(request, { scopes: ['notes:read'] }, connection)
  if (caller instanceof Response) return caller
  return Response.json({ hello: caller.claims.key_name })
}
// #endregion

// #region make
const { id, key } = await keys.create({
  name: 'nightly report',
  scopes: ['notes:read'],
  networks: ['10.0.0.0/8'],
  rate: { perMinute: 600, burst: 20 },
  expiresAt: Date.now() + 90 * 86_400_000,
})
const text = key.reveal('giving it to whoever asked')
// #endregion

const from = { remoteAddress: '10.1.2.3' }
const call = (headers, connection = from) =>
  handler(new Request('https://api.example.com/notes', { headers }), connection)

for (const headers of [{ authorization: `Bearer ${text}` }, { 'x-api-key': text }]) {
  const answer = await call(headers)
  assert.deepEqual(await answer.json(), { hello: 'nightly report' })
}

const stranger = await call({})
assert.equal(stranger.status, 401)

const cutOff = await call({ 'x-api-key': text.slice(0, -1) })
assert.match((await cutOff.json()).error_description, /mistyped or cut off/)

const elsewhere = await call({ 'x-api-key': text }, { remoteAddress: '192.0.2.1' })
assert.equal(elsewhere.status, 401)

// #region rotate
const next = await keys.rotate(id, { overlap: 3600 })
// #endregion

for (const live of [text, next.key.reveal('using it')]) {
  assert.equal((await call({ 'x-api-key': live })).status, 200)
}

// #region revoke
await keys.revoke(id)
// #endregion

assert.equal((await call({ 'x-api-key': next.key.reveal('using it') })).status, 401)

// #region close
await keys.close()
await store.close()
// #endregion

rmSync(folder, { recursive: true })
console.log(
  'A key was made, used from where it may be, rotated without a gap, and revoked at once.',
)
