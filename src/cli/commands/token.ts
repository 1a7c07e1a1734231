/**
 * `warder token`: a fresh access token on standard output, and nothing else.
 *
 * A token that is kept and good is printed at once. What gets another is loaded when that is needed.
 *
 * @module
 */

import { Command } from 'commander'
import type { KeptGrant } from '../../client/kept-grant.ts'
import { hasScopes, timesOf } from '../../client/token-life.ts'
import { httpFetch } from '../../connect/http-fetch.ts'
import { nodeHttp } from '../../connect/node-http.ts'
import { systemPlatform } from '../../platform.ts'
import {
  type ClientFlags,
  readClientFlags,
  type Wishes,
  withClientFlags,
} from '../connect/client-options.ts'
import { print, printJson, tell } from '../output.ts'
import { accountJson } from '../sign-in/account.ts'
import { userGrants } from '../sign-in/grant-store.ts'
import { keptAt, keptFor } from '../sign-in/kept.ts'
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
  const grant = await grantFor(url, wishes, flags.account)
  const accessToken = grant.accessToken.reveal('printing it, as was asked')
  if (flags.json !== true) return print(accessToken)
  printJson({ access_token: accessToken, ...accountJson(grant) })
}

async function grantFor(
  url: string,
  wishes: Wishes,
  account: string | undefined,
): Promise<KeptGrant> {
  const store = userGrants()
  const { isMachine = false, scope } = wishes
  // A person must have signed in; which account a service has, is clear.
  const [kept] = isMachine
    ? await keptAt(store, { ...wishes, url })
    : [await keptFor(store, { ...wishes, url, account })]
  if (kept !== undefined && isGood(kept, scope)) return kept
  const { keptClient, serviceClient } = await import('../sign-in/service.ts')
  const http = nodeHttp()
  const context = { ...wishes, store, fetch: httpFetch(http), trace: traceOf(process.env.DEBUG) }
  try {
    const client =
      kept === undefined || isMachine
        ? await serviceClient({ ...context, url })
        : await keptClient(kept, context)
    return await client.grant(scope === undefined ? {} : { scope })
  } finally {
    http.close()
  }
}

/** Whether a token will do as it is. */
const isGood = (kept: KeptGrant, scope: readonly string[] | undefined): boolean =>
  hasScopes(kept, scope) && systemPlatform.now() < timesOf(kept).staleAt
