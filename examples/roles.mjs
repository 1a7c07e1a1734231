/**
 * What callers may do: scopes that their client was given, roles and permissions that they have.
 *
 * Runs by itself: `node examples/roles.mjs`. The issuer is a stand-in that publishes one key.
 */

import assert from 'node:assert/strict'
import { startIssuer } from './support/issuer.mjs'

const authority = await startIssuer()
const { issuer } = authority

// #region guard
import { all, anyScope, createGuard, freshness, permission, roles, scopes } from 'warder/guard'

const guard = createGuard({
  issuer,
  resource: 'https://api.example.com/notes',
  scopes: { hierarchy: { 'notes:write': ['notes:read'] } },
  permissions: { editor: ['notes:edit', 'notes:publish'], owner: ['notes:*'] },
})

const read = scopes('notes:read')
const search = anyScope('notes:search', 'notes:read')
const publish = all(scopes('notes:write'), permission('notes:publish'))
const purge = all(scopes('notes:write'), roles('owner'), freshness({ maxAge: 300 }))
// #endregion

// #region own
const ourApps = ({ clientId }) => ['notes-web', 'notes-mobile'].includes(clientId)
// #endregion

const notes = new Map([['1', { author: 'alice', text: 'Buy milk.' }]])

// #region later
async function edit(request) {
  const caller = await guard.check(request, scopes('notes:write'))
  if (caller instanceof Response) return caller
  const note = notes.get(new URL(request.url).searchParams.get('id'))
  const mine = ({ subject }) => note?.author === subject
  const refusal = await guard.authorize(caller, mine)
  return refusal ?? Response.json(note)
}
// #endregion

/** A request of somebody with these claims. */
async function from(claims, query = '') {
  const authorization = `Bearer ${await authority.token('https://api.example.com/notes', claims)}`
  return new Request(`https://api.example.com/notes${query}`, { headers: { authorization } })
}

/** What somebody is told who wants to do what a rule is about: nothing if they may. */
async function refusal(rule, claims) {
  const caller = await guard.check(await from(claims), rule)
  if (!(caller instanceof Response)) return undefined
  const { error } = await caller.json()
  return [caller.status, error, caller.headers.get('www-authenticate')]
}

// A scope that includes another.
assert.equal(await refusal(read, { scope: 'notes:write' }), undefined)
assert.equal(await refusal(search, { scope: 'notes:read' }), undefined)
assert.equal(await refusal(ourApps, { client_id: 'notes-web' }), undefined)
assert.equal((await refusal(ourApps, {}))[0], 403)

// The client can ask for a scope; whom no role allows it cannot be mended by asking.
const editor = { roles: ['editor'] }
assert.equal(await refusal(publish, { ...editor, scope: 'notes:write' }), undefined)
const stepUp = await refusal(publish, { ...editor, scope: 'notes:read' })
assert.deepEqual(stepUp.slice(0, 2), [403, 'insufficient_scope'])
assert.match(stepUp[2], /scope="notes:write"/)
const never = await refusal(publish, { scope: 'notes:write' })
assert.deepEqual(never.slice(0, 2), [403, 'access_denied'])
assert.doesNotMatch(never[2], /error=/)

// Signed in too long ago: the client has the user sign in again.
const owner = { roles: ['owner'], scope: 'notes:write' }
const secondsAgo = (seconds) => Math.floor(Date.now() / 1000) - seconds
assert.equal(await refusal(purge, { ...owner, auth_time: secondsAgo(10) }), undefined)
const stale = await refusal(purge, { ...owner, auth_time: secondsAgo(3600) })
assert.deepEqual(stale.slice(0, 2), [401, 'insufficient_user_authentication'])
assert.equal(
  stale[2],
  'Bearer error="insufficient_user_authentication", error_description="This needs a sign-in that is more recent or stronger. Sign in again.", resource_metadata="https://api.example.com/.well-known/oauth-protected-resource/notes", max_age="300"',
)

// What is known only when the note has been read.
assert.equal((await edit(await from({ scope: 'notes:write' }, '?id=1'))).status, 200)
assert.equal((await edit(await from({ scope: 'notes:write', sub: 'bob' }, '?id=1'))).status, 403)
assert.equal((await edit(await from({ scope: 'notes:read' }, '?id=1'))).status, 403)

authority.stop()
console.log('Scopes can be asked for, roles cannot, and a sign-in can be too long ago.')
