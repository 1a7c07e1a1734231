/**
 * `warder serve`: everything a configuration describes, in one process.
 *
 * @module
 */

import { Command } from 'commander'
import { readConfiguration, type StoreOptions, withStoreOptions } from '../configuration.ts'
import { announceServer, type RunOptions, runUntilStopped } from '../running.ts'
import type { CommandMaker } from './command.ts'

interface ServeOptions extends StoreOptions, RunOptions {
  readonly dev?: boolean
}

export const serve: CommandMaker = () =>
  withStoreOptions(new Command('serve'))
    .option('--host <address>', 'address to listen on (default both loopback addresses)')
    .option('--port <port>', 'port to listen on (default that of the issuer, or 4000)')
    .option('--dev', 'development: client metadata documents may be on this computer and on http')
    .addHelpText('after', HELP)
    .action(async (options: ServeOptions) => {
      const settings = await readConfiguration(options)
      await runUntilStopped(
        options.dev ? forDevelopment(settings) : settings,
        options,
        announceServer,
      )
    })

const HELP = `
Examples:
  $ warder serve
  $ warder serve --config /etc/warder.config.json --host 10.0.0.5

Secrets are given by reference in the settings: { "env": "NAME" } or { "file": "/path" }.

Environment:
  DATABASE_URL   where state is kept, unless --store or store.url says
  REDIS_URL      where processes count together, unless limits.url says
`

/** Loosens the one thing that cannot be tried out without a public host. */
function forDevelopment(settings: Record<string, unknown>): Record<string, unknown> {
  const server = (settings.server ?? {}) as { clientDocuments?: object }
  const clientDocuments = { ...server.clientDocuments, private: true }
  return { ...settings, server: { ...server, clientDocuments } }
}
