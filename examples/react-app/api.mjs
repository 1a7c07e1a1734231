/**
 * The API of the page, guarded: `node examples/react-app/api.mjs ISSUER RESOURCE ORIGIN`.
 *
 * RESOURCE is its address, and ORIGIN that of the page, which alone may call it from a browser.
 */

import { randomUUID } from 'node:crypto'
import { fetchGuard } from 'warder/fetch'
import { createGuard } from 'warder/guard'
import { listen } from 'warder/node'

const [issuer, resource, origin] = process.argv.slice(2)
if (origin === undefined) {
  console.error('usage: node api.mjs ISSUER RESOURCE ORIGIN')
  process.exit(2)
}

/** By the subject of the token, which nobody can make up. */
const notes = new Map()

// #region api
const service = {
  guard: createGuard({ issuer, resource }),
  origins: [origin],
}

const list = fetchGuard(service, { scopes: ['notes:read'] }, ({ principal }) => {
  return Response.json(notes.get(principal.subject) ?? [])
})
const add = fetchGuard(service, { scopes: ['notes:write'] }, async (request) => {
  const { subject } = request.principal
  const { text } = await request.json()
  const own = [{ id: randomUUID(), text: String(text) }, ...(notes.get(subject) ?? [])]
  notes.set(subject, own)
  return Response.json(own, { status: 201 })
})
const handler = (request) => (request.method === 'POST' ? add(request) : list(request))
// #endregion

const { port } = new URL(resource)
await listen(handler, { port: Number(port), host: 'localhost' })
console.log(`The API listens at ${resource}.`)
