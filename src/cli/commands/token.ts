/**
 * `warder token`: a fresh access token on standard output, and nothing else.
 *
 * @module
 */

import { Command } from 'commander'
import { httpFetch } from '../../connect/http-fetch.ts'
import { nodeHttp } from '../../connect/node-http.ts'
import {
  type ClientFlags,
  readClientFlags,
  type Wishes,
  withClientFlags,
} from '../connect/client-options.ts'
import { print, printJson, tell } from '../output.ts'
import { accountJson } from '../sign-in/account.ts'
import { userGrants } from '../sign-in/grant-store.ts'
import { keptFor, type Named } from '../sign-in/kept.ts'
import { keptClient, serviceClient } from '../sign-in/service.ts'
import { traceOf } from '../sign-in/trace.ts'

interface TokenFlags extends ClientFlags {
  readonly json?: boolean
}

/** Makes the command. */
export const token = (): Command =>
  withClientFlags(new Command('token').argument('<url>', 'of the API, MCP server or issuer'))
    .option('--json', 'for machines: the token, its type, end and scopes')
    .addHelpText('after', HELP)
    .action(run)

const HELP = `
The token is renewed first if it has ended or is about to. Nobody is asked for anything: without a
sign-in it ends with 1.

Examples:
  $ curl -H "Authorization: Bearer $(warder token https://api.example.com)" https://api.example.com/items
  $ warder token https://api.example.com --client-credentials --client-id ci --client-secret-env SECRET
`

async function run(url: string, flags: TokenFlags): Promise<void> {
  const { wishes, warnings } = readClientFlags(flags, process.env)
  for (const warning of warnings) tell(`warning ${warning}`)
  const http = nodeHttp()
  try {
    const client = await clientFor({ url, account: flags.account }, wishes, httpFetch(http))
    const grant = await client.grant(wishes.scope === undefined ? {} : { scope: wishes.scope })
    const accessToken = grant.accessToken.reveal('printing it, as was asked')
    if (flags.json !== true) return print(accessToken)
    printJson({ access_token: accessToken, ...accountJson(grant) })
  } finally {
    http.close()
  }
}

async function clientFor(named: Named, wishes: Wishes, fetch: ReturnType<typeof httpFetch>) {
  const context = { store: userGrants(), fetch, trace: traceOf(process.env.DEBUG) }
  if (wishes.isMachine === true) return serviceClient({ url: named.url, ...context, ...wishes })
  const { clientSecret } = wishes
  return keptClient(await keptFor(context.store, named), { ...context, clientSecret })
}
