/**
 * `warder protect`: one MCP server behind sign-in, without a configuration file.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { ConfigError } from '../../errors.ts'
import { readConfiguration, type StoreOptions, withStoreOptions } from '../configuration.ts'
import { print, styled } from '../output.ts'
import { announceServer, type RunOptions, runUntilStopped } from '../running.ts'
import type { CommandMaker } from './command.ts'

interface ProtectOptions extends StoreOptions, RunOptions {
  readonly name: string
  readonly upstream?: string
  readonly policy?: string
  readonly toolChanges: string
}

export const protect: CommandMaker = () =>
  withStoreOptions(new Command('protect'))
    .argument('[command...]', 'the program of a stdio server, after --')
    .option('--name <name>', 'its name in the address, ISSUER/mcp/NAME', 'server')
    .option('--upstream <url>', 'the address of a Streamable HTTP server, instead of a program')
    .option('--policy <file>', 'JSON with "tools" and "scopes": which tool needs which scope')
    .addOption(
      // Whoever tries a server out on their own computer is often the one who changes it.
      new Option(
        '--tool-changes <rule>',
        'what becomes of tools that change: block, report or allow',
      )
        .choices(['block', 'report', 'allow'])
        .default('report'),
    )
    .option('--host <address>', 'address to listen on (default both loopback addresses)')
    .option('--port <port>', 'port to listen on (default that of the issuer, or 4000)')
    .addHelpText('after', HELP)
    .action(async (command: string[], options: ProtectOptions) => {
      const { mcp: _, ...settings } = await readConfiguration(options)
      const { toolChanges } = options
      const mount = { ...upstreamOf(command, options), ...policyOf(options.policy), toolChanges }
      await runUntilStopped({ ...settings, mcp: { [options.name]: mount } }, options, (warder) => {
        announceServer(warder)
        print(`Add someone who may sign in:  ${styled('bold', addUser(options))}`)
        print()
      })
    })

/** The command that reaches the same installation as this one. */
const addUser = ({ config, data, store }: ProtectOptions): string =>
  Object.entries({ config, data, store }).reduce(
    (command, [name, value]) => (value === undefined ? command : `${command} --${name} ${value}`),
    'warder user add you@example.com',
  )

const HELP = `
Examples:
  $ warder protect -- npx -y @modelcontextprotocol/server-everything
  $ warder protect --name crm --upstream http://127.0.0.1:3000/mcp --policy crm.json

A tool that changes is told of here and let through (report), because it may be you who changes it.
With --tool-changes block it waits for “warder tool approve”, as it does behind warder serve.

A policy file:
  {
    "tools":  { "delete_file": ["files:delete"], "*": ["files:read"] },
    "scopes": { "files:read": "read your files", "files:delete": { "description": "delete your files", "risk": "delete" } }
  }
`

function upstreamOf(command: readonly string[], { upstream }: ProtectOptions) {
  if (upstream !== undefined && command.length === 0) return { url: upstream }
  if (upstream === undefined && command.length > 0) return { command }
  throw new ConfigError(
    'protect',
    upstream === undefined
      ? 'nothing to protect was named.'
      : 'both a program and --upstream were named.',
    'Give --upstream URL, or -- and the command of a stdio server.',
  )
}

function policyOf(file: string | undefined): object {
  if (file === undefined) return {}
  try {
    const policy: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof policy === 'object' && policy !== null) {
      // A policy is about tools; it does not get to choose what is run.
      const { tools, scopes } = policy as { tools?: unknown; scopes?: unknown }
      return {
        ...(tools === undefined ? {} : { tools }),
        ...(scopes === undefined ? {} : { scopes }),
      }
    }
  } catch (cause) {
    throw new ConfigError('--policy', `${file} could not be read as JSON.`, undefined, { cause })
  }
  throw new ConfigError('--policy', `${file} must hold a JSON object.`)
}
