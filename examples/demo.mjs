/**
 * The demo behind `npm start`: a real MCP server behind sign-in, on this computer.
 *
 * State stays in `.warder/demo`; the demo user gets a new password at every start.
 */

import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createWarder } from 'warder'
import { listen } from 'warder/node'
import { Secret } from 'warder/vault'
import { logSink } from '../dist/cli/log.js'

const issuer = process.env.WARDER_ISSUER ?? 'http://localhost:4000'
const data = process.env.WARDER_DATA ?? '.warder/demo'
const everything = import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js')

const warder = await createWarder(
  {
    issuer,
    data,
    // So that a client on this computer can publish its metadata document from here, too.
    server: { clientDocuments: { private: true } },
    mcp: {
      everything: {
        title: 'Everything (demo)',
        // Another version of the package is no surprise here.
        toolChanges: 'report',
        command: [process.execPath, fileURLToPath(everything), 'stdio'],
        tools: {
          'get-env': ['demo:admin'],
          'trigger-long-running-operation': ['demo:run'],
          '*': ['demo:use'],
        },
        scopes: {
          'demo:use': { description: 'use the harmless tools', risk: 'read' },
          'demo:run': { description: 'start long operations', risk: 'change' },
          'demo:admin': {
            description: 'see the environment that the server runs in',
            risk: 'read',
            includes: ['demo:use'],
          },
        },
      },
    },
  },
  { onEvent: logSink() },
)

const email = 'demo@example.com'
const password = randomBytes(15).toString('base64url')
const known = await warder.accounts.findByEmail(email)
if (known === undefined) await warder.accounts.add({ email, password: new Secret(password) })
else await warder.accounts.setPassword(known.id, new Secret(password))

const listening = await listen(warder.fetch, { port: Number(new URL(issuer).port || 4000) })
await warder.checkSelf()

const [{ resource }] = warder.resources
console.log(`
Warder is running: a real MCP server (@modelcontextprotocol/server-everything) behind sign-in.

  issuer    ${issuer}
  MCP       ${resource}
  user      ${email}
  password  ${password}

Connect a client, and sign in as the user above:
  $ npx mcp-remote ${resource}
  $ claude mcp add --transport http everything ${resource}
`)

const stop = async () => {
  await listening.close(2_000)
  await warder.close()
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
