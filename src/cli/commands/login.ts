/**
 * `warder login`: signs this user in at an API, an MCP server or an authorization server.
 *
 * @module
 */

import { Command } from 'commander'
import { httpFetch } from '../../connect/http-fetch.ts'
import { nodeHttp } from '../../connect/node-http.ts'
import { readClientFlags, type SignInFlags, withSignInFlags } from '../connect/client-options.ts'
import { milliseconds, portOf } from '../option-values.ts'
import { print, printJson, tell } from '../output.ts'
import { accountJson, signedInAs } from '../sign-in/account.ts'
import { asking } from '../sign-in/asking.ts'
import { userGrants } from '../sign-in/grant-store.ts'
import { serviceClient } from '../sign-in/service.ts'
import { traceOf } from '../sign-in/trace.ts'

interface LoginFlags extends SignInFlags {
  readonly device?: boolean
  readonly paste?: boolean
  readonly port?: string
  readonly host?: string
  readonly callbackPath?: string
  readonly timeout?: string
  readonly debug?: boolean
  readonly json?: boolean
}

/** Makes the command. */
export const login = (): Command =>
  withSignInFlags(new Command('login').argument('<url>', 'of the API, MCP server or issuer'))
    .option('--device', 'with a code that is typed in on another machine')
    .option('--paste', 'by bringing the address that a browser elsewhere ended at')
    .option('--port <port>', 'where the browser comes back to, if it must be a certain port')
    .option('--host <host>', 'in the address that the browser comes back to')
    .option('--callback-path <path>', 'in the address that the browser comes back to')
    .option('--timeout <seconds>', 'how long a person may take')
    .option('--debug', 'show every step, like DEBUG=oauth:*')
    .option('--json', 'for machines: who signed in, and for what; no tokens')
    .addHelpText('after', HELP)
    .action(run)

const HELP = `
Tokens are kept sealed, for this user of this machine, and renewed when they are used.

Examples:
  $ warder login https://mcp.example.com/mcp
  $ warder login https://api.example.com --device          # over SSH
  $ warder login https://api.example.com --account work    # beside another account
`

async function run(url: string, flags: LoginFlags): Promise<void> {
  const read = readClientFlags(flags, process.env)
  for (const warning of read.warnings) tell(`warning ${warning}`)
  const way = flags.device === true ? 'device' : flags.paste === true ? 'paste' : 'browser'
  const http = nodeHttp()
  const client = await serviceClient({
    ...{ url, store: userGrants(), fetch: httpFetch(http) },
    trace: traceOf(process.env.DEBUG, flags.debug),
    ask: asking({
      ...{ way, parameters: read.parameters },
      ...{ port: portOf(flags.port, '--port'), host: flags.host, path: flags.callbackPath },
      timeoutMs: milliseconds(flags.timeout, '--timeout'),
    }),
    ...{ ...read.wishes, isDevice: way === 'device' },
  })
  try {
    const grant = flags.clientCredentials === true ? await client.grant() : await client.signIn()
    if (flags.json === true) return printJson(accountJson(grant))
    print(signedInAs(url, grant))
    if (grant.scopes.length > 0) print(`Allowed: ${grant.scopes.join(' ')}`)
  } finally {
    http.close()
  }
}
