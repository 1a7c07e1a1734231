/**
 * `warder logout`: revokes what a server gave, and forgets it.
 *
 * @module
 */

import { Command } from 'commander'
import { httpFetch } from '../../connect/http-fetch.ts'
import { nodeHttp } from '../../connect/node-http.ts'
import { ConfigError } from '../../errors.ts'
import {
  type ClientNameFlags,
  checkClientName,
  clientSecretOf,
  withClientNameFlags,
} from '../connect/client-name.ts'
import { print, printJson, tell } from '../output.ts'
import { userGrants } from '../sign-in/grant-store.ts'
import { keptAt, keptFor } from '../sign-in/kept.ts'
import { keptClient } from '../sign-in/service.ts'
import { traceOf } from '../sign-in/trace.ts'

interface LogoutFlags extends ClientNameFlags {
  readonly account?: string
  readonly all?: boolean
  readonly json?: boolean
}

/** Makes the command. */
export const logout = (): Command =>
  withClientNameFlags(new Command('logout'))
    .argument('<url>', 'of the API, MCP server or issuer')
    .option('--account <name>', 'which of several accounts')
    .option('--all', 'all accounts at this address')
    .option('--json', 'for machines')
    .addHelpText('after', HELP)
    .action(run)

const HELP = `
The sign-in is forgotten here in any case. Where the server takes revocations, it is told; elsewhere its
tokens end by themselves.

Examples:
  $ warder logout https://mcp.example.com/mcp
  $ warder logout https://api.example.com --client-id web --client-secret-env SECRET
`

async function run(url: string, flags: LogoutFlags): Promise<void> {
  const { account, all, json, clientId } = flags
  if (all === true && account !== undefined) {
    throw new ConfigError('--all', 'is for every account.', 'Leave one away, it or --account.')
  }
  const clientSecret = clientSecretOf(flags)
  checkClientName(clientId, clientSecret)
  const store = userGrants()
  // Somebody must be signed in, and it must be clear who is meant.
  const found =
    all === true
      ? await keptAt(store, { url, clientId })
      : [await keptFor(store, { url, account, clientId })]
  const http = nodeHttp()
  const trace = traceOf(process.env.DEBUG)
  const context = { store, fetch: httpFetch(http), trace, clientSecret }
  const ended: { account: string; revoked: boolean }[] = []
  try {
    for (const grant of found) {
      const { revoked } = await (await keptClient(grant, context)).logout()
      ended.push({ account: grant.key.account, revoked })
    }
  } finally {
    http.close()
  }
  if (json === true) return printJson(ended)
  for (const each of ended) {
    print(`Signed out of ${new URL(url).host} (account ${each.account}).`)
    if (!each.revoked) tell('The server was not told. Its tokens are good there until they end.')
  }
  if (ended.length === 0) print('Nobody was signed in.')
}
