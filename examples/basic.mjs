/**
 * HTTP Basic for the people of a Warder: their passwords, checked as on the login page.
 *
 * Runs by itself: `node examples/basic.mjs`. Everything is in memory.
 */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Secret } from 'warder/vault'

const password = randomBytes(16).toString('hex')
const key = randomBytes(32).toString('base64')
const settings = { store: { url: 'memory:' }, vault: { kek: { env: 'KEK' } } }

// #region guard
import { createWarder } from 'warder'
import { createGuard } from 'warder/guard'
import { basic } from 'warder/guard/credentials'

const warder = await createWarder(settings, { readEnv: () => key })

const guard = createGuard({
  resource: 'https://api.example.com/notes',
  accept: [basic({ verify: warder.accounts.verifyPassword })],
})

async function handler(request, connection) {
  const caller = await guard.check(request, undefined, connection)
  if (caller instanceof Response) return caller
  return Response.json({ roles: caller.roles })
}
// #endregion

const user = await warder.accounts.add({
  email: 'ada@example.com',
  password: new Secret(password),
  roles: ['editor'],
})

const call = (typed, url = 'https://api.example.com/notes') => {
  const authorization = `Basic ${btoa(`ada@example.com:${typed}`)}`
  const request = new Request(url, { headers: { authorization } })
  return handler(request, { remoteAddress: '192.0.2.1' })
}

assert.deepEqual(await (await call(password)).json(), { roles: ['editor'] })
assert.equal((await call('guessed')).status, 401)
assert.equal((await call(password, 'http://api.example.com/notes')).status, 400)

await warder.accounts.setDisabled(user.id, true)
assert.equal((await call(password)).status, 401)

await warder.close()
console.log('A password let its owner in, until the account was disabled.')
