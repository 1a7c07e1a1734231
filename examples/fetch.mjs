/**
 * An API as one function from a request to an answer, for any platform that has `fetch`.
 *
 * Runs by itself: `node examples/fetch.mjs`. The issuer is a stand-in that publishes one key.
 */

import { startIssuer } from './support/issuer.mjs'
import { tryNotes } from './support/notes-callers.mjs'

const authority = await startIssuer()
const { issuer } = authority

// #region guard
import { fetchGuard } from 'warder/fetch'
import { createGuard } from 'warder/guard'

const guard = createGuard({ issuer, resource: 'https://api.example.com/notes' })

const read = fetchGuard(guard, { scopes: ['notes:read'] }, (request) => {
  return Response.json({ hello: request.principal.subject })
})
const write = fetchGuard(guard, { scopes: ['notes:write'] }, async (request) => {
  return Response.json({ author: request.principal.subject }, { status: 201 })
})

const handler = fetchGuard(guard, undefined, (request) => {
  return request.method === 'POST' ? write(request) : read(request)
})

// #endregion

// #region serve
import { listen } from 'warder/node'

const { addresses, close } = await listen(handler, { port: 0, host: '127.0.0.1' })
// #endregion

await tryNotes(`http://${addresses[0]}`, authority)

await close(0)
authority.stop()
console.log('fetch: strangers were refused, each caller got what their scopes allow.')
