/** Callers of the notes API of the examples: strangers, readers and writers. */

import assert from 'node:assert/strict'

/** What the API of every example is, whatever the framework. */
export const resource = 'https://api.example.com/notes'

/** Asserts that everybody gets the answer that they should. */
export async function tryNotes(origin, { token }) {
  const call = async (scope, method = 'GET') => {
    const headers = { 'content-type': 'application/json' }
    if (scope !== undefined) headers.authorization = `Bearer ${await token(resource, { scope })}`
    const body = method === 'POST' ? '{ "text": "Buy milk." }' : null
    return fetch(`${origin}/notes`, { method, headers, body })
  }

  const stranger = await call()
  assert.equal(stranger.status, 401)
  assert.match(stranger.headers.get('www-authenticate'), /^Bearer resource_metadata="https:/)

  const reader = await call('notes:read')
  assert.equal(reader.status, 200)
  assert.deepEqual(await reader.json(), { hello: 'alice' })
  assert.equal(reader.headers.get('cache-control'), 'no-store')

  const writer = await call('notes:write', 'POST')
  assert.equal(writer.status, 201)

  const overreaching = await call('notes:read', 'POST')
  assert.equal(overreaching.status, 403)
  assert.equal(
    overreaching.headers.get('www-authenticate'),
    'Bearer error="insufficient_scope", error_description="This needs the scope: notes:write.", resource_metadata="https://api.example.com/.well-known/oauth-protected-resource/notes", scope="notes:write"',
  )

  const metadata = await fetch(`${origin}/.well-known/oauth-protected-resource/notes`)
  assert.equal((await metadata.json()).resource, resource)
}
