/**
 * `warder connect`: a local MCP server that relays to a protected one elsewhere.
 *
 * Standard output belongs to the client; whatever is for people goes to standard error.
 *
 * @module
 */

import { Command } from 'commander'
import { connect as connectTo } from '../../connect/connect.ts'
import { httpFetch } from '../../connect/http-fetch.ts'
import { nodeHttp } from '../../connect/node-http.ts'
import type { TransportStrategy } from '../../connect/transport-choice.ts'
import { watchSleep } from '../../connect/wake.ts'
import { ConfigError } from '../../errors.ts'
import { systemPlatform } from '../../platform.ts'
import { systemTimers } from '../../timers.ts'
import { readClientFlags, type SignInFlags, withSignInFlags } from '../connect/client-options.ts'
import { givenHeaders } from '../connect/headers.ts'
import { needlessFlags, withMcpRemoteFlags } from '../connect/mcp-remote.ts'
import { flushed, lineWriter, readLines } from '../connect/stdio.ts'
import { tokensOf } from '../connect/tokens.ts'
import { collect, milliseconds, portOf } from '../option-values.ts'
import { tell } from '../output.ts'
import { stopSignal } from '../stopping.ts'

interface ConnectFlags extends SignInFlags {
  readonly header: readonly string[]
  readonly headerFile?: string
  readonly device?: boolean
  readonly deviceCode?: boolean
  readonly transport: TransportStrategy
  readonly allowHttp?: boolean
  readonly host?: string
  readonly callbackPath?: string
  readonly authTimeout?: string
  readonly connectTimeout?: string
  readonly ignoreTool: readonly string[]
  readonly enableProxy?: boolean
  readonly ipv4?: boolean
  readonly debug?: boolean
  readonly silent?: boolean
  readonly cookies: boolean
  readonly disableCookies?: boolean
}

/** How long a person may take to sign in, in milliseconds, unless told. */
const MOST_ASKED_MS = 600_000

/** Makes the command. */
export const connect = (): Command => withMcpRemoteFlags(withOwnFlags())

const withOwnFlags = (): Command =>
  withSignInFlags(new Command('connect').argument('<url>', 'of the MCP server'))
    .argument('[callback-port]', 'where the browser comes back to, if it must be a certain port')
    .option(
      '--header <name:value>',
      `sent with every request; \${NAME} is from the environment`,
      collect,
      [],
    )
    .option('--header-file <file>', 'headers, one a line')
    .option('--device', 'sign in with a code on another machine')
    .option('--transport <strategy>', 'http-first, sse-first, http-only or sse-only', 'http-first')
    .option('--ignore-tool <pattern>', 'hide tools whose name fits; repeatable', collect, [])
    .option('--auth-timeout <seconds>', 'how long a person may take to sign in')
    .option('--connect-timeout <seconds>', 'how long a connection may take to come about')
    .option('--host <host>', 'in the address that the browser comes back to')
    .option('--callback-path <path>', 'in the address that the browser comes back to')
    .option('--allow-http', 'take http to other machines, in a network that you trust')
    .option('--enable-proxy', 'go by HTTPS_PROXY, HTTP_PROXY and NO_PROXY')
    .option('--ipv4', 'connect to addresses of IPv4 only')
    .option('--debug', 'show every step of a sign-in, like DEBUG=oauth:*')
    .option('--silent', 'say nothing but what a person has to do')
    .option('--no-cookies', 'send no cookies of the server back, as some balancers need')
    .addHelpText('after', HELP)
    .action(run)

const HELP = `
In the configuration of an MCP client:
  "command": "npx", "args": ["-y", "warder", "connect", "https://mcp.example.com/mcp"]

The options of mcp-remote are accepted, but for --use-id-token: to change over, change that one word.

Examples:
  $ warder connect https://mcp.example.com/mcp
  $ warder connect https://mcp.example.com/mcp --header 'X-Api-Key:\${KEY}'
`

async function run(url: string, port: string | undefined, flags: ConnectFlags): Promise<void> {
  const { env } = process
  const { headers, warnings } = givenHeaders(flags.header, flags.headerFile, env)
  const read = readClientFlags(flags, env)
  const needless = needlessFlags(flags)
  for (const warning of [...warnings, ...read.warnings, ...needless]) tell(`warning ${warning}`)
  const say = flags.silent === true ? () => {} : tell
  const direct = nodeHttp({
    connectTimeoutMs: milliseconds(flags.connectTimeout, '--connect-timeout'),
    isIpv4Only: flags.ipv4,
  })
  const http =
    flags.enableProxy === true ? (await import('../connect/proxy.ts')).proxied(direct, env) : direct
  const hasOwnCredentials = Object.keys(headers).some((name) => /^authorization$/i.test(name))
  const timeoutMs = milliseconds(flags.authTimeout, '--auth-timeout') ?? MOST_ASKED_MS
  const settings = { url, read, say, timeoutMs, isDebugged: flags.debug === true }
  const back = { port: portOf(port, 'callback-port'), host: flags.host, path: flags.callbackPath }
  const way = flags.device === true || flags.deviceCode === true ? 'device' : 'browser'
  const relay = connectTo({
    ...{ url, http, headers, tell: say, write: lineWriter() },
    ...{ strategy: strategyOf(flags.transport), ignoredTools: flags.ignoreTool },
    allowHttp: flags.allowHttp === true,
    cookies: flags.cookies && flags.disableCookies !== true,
    tokens: hasOwnCredentials
      ? undefined
      : tokensOf({ ...settings, ...back, way, fetch: httpFetch(http) }),
  })
  const unwatch = watchSleep({ platform: systemPlatform, timers: systemTimers }, () => relay.wake())
  const isTold = stopSignal().then(() => false)
  if (await Promise.race([readLines((piece) => relay.take(piece)), isTold])) {
    const late = new Promise((resolve) => setTimeout(resolve, timeoutMs).ref())
    await Promise.race([relay.finished(), late, isTold])
  }
  unwatch()
  await relay.close()
  http.close()
  // What was written arrives first. Whatever waits for a person or a network is not waited for.
  await flushed()
  process.exit(0)
}

function strategyOf(name: string): TransportStrategy {
  if (name === 'http-first' || name === 'sse-first') return name
  if (name === 'http-only' || name === 'sse-only') return name
  throw new ConfigError('--transport', 'must be http-first, sse-first, http-only or sse-only.')
}
