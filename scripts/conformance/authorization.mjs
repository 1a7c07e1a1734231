/** The role `authorization`: the authorization server of `warder serve`. */

import { join } from 'node:path'
import { root } from '../tool.mjs'
import { readChecks, tally } from './checks.mjs'
import { freePort, runSuite, startWarder } from './installation.mjs'

const scenarios = [
  'authorization-server-authorization-server-metadata-endpoint',
  'authorization-server-authorization-code-grant',
]

export async function authorization() {
  const everything = 'node_modules/@modelcontextprotocol/server-everything/dist/index.js'
  const command = [process.execPath, join(root, everything), 'stdio']
  const warder = await startWarder({ everything: { command } })
  try {
    const { issuer, clientId, directory } = warder
    const results = join(directory, 'results')
    const callback = ['-p', String(await freePort()), '-o', results]
    const about = ['--client-id', clientId, '--resource', `${issuer}/mcp/everything`, ...callback]
    const code = await runSuite(['authorization', '--url', issuer, ...about], async (line) => {
      // The suite waits for a person here.
      if (line.startsWith(`${issuer}/authorize?`)) await fetch(await warder.allow(line))
    })
    console.log(`authorization: ${scenarios.length} scenarios`)
    return tally(readChecks(results), scenarios, code)
  } finally {
    await warder.close()
  }
}
