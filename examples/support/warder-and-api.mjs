/** Warder with one user, an API that it protects and an MCP server behind it, for examples of clients. */

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createWarder } from 'warder'
import { fetchGuard } from 'warder/fetch'
import { createGuard, scopes } from 'warder/guard'
import { listen } from 'warder/node'
import { Secret } from 'warder/vault'

/** A port that is free now. */
export async function freePort() {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts all of it on free ports. */
export async function startWarderAndApi() {
  const data = await mkdtemp(join(tmpdir(), 'warder-example-'))
  const [port, apiPort] = [await freePort(), await freePort()]
  const [issuer, api] = [`http://localhost:${port}`, `http://localhost:${apiPort}/notes`]
  const everything = import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js')
  const warder = await createWarder({
    issuer,
    data,
    server: {
      device: { enabled: true, interval: 1 },
      resources: {
        [api]: {
          title: 'Notes',
          scopes: { 'notes:read': 'read your notes', 'notes:write': 'change your notes' },
        },
      },
    },
    mcp: { everything: { command: [process.execPath, fileURLToPath(everything), 'stdio'] } },
  })
  const person = { username: 'alice@example.com', password: 'correct horse battery staple' }
  await warder.accounts.add({ email: person.username, password: new Secret(person.password) })
  const guard = createGuard({
    ...{ issuer, resource: api },
    scopes: { baseline: ['notes:read'], hierarchy: { 'notes:write': ['notes:read'] } },
  })
  const notes = fetchGuard(guard, scopes('notes:read'), ({ principal }) =>
    Response.json({ notes: ['Buy milk'], by: principal.clientId }),
  )
  const listening = [await listen(warder.fetch, { port }), await listen(notes, { port: apiPort })]
  return {
    ...{ issuer, api, warder, person, mcp: `${issuer}/mcp/everything` },
    async stop() {
      for (const each of listening) await each.close()
      await warder.close()
      await rm(data, { recursive: true })
    },
  }
}
