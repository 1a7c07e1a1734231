/**
 * The commands, in the order `--help` lists them. One more is one more file and one more line here.
 *
 * Only the one that runs is loaded, so that each starts as fast as if there were no other.
 *
 * @module
 */

import type { KnownCommand } from './command.ts'

/** Every command. */
export const commands: readonly KnownCommand[] = [
  {
    name: 'protect',
    description: 'Put sign-in in front of one MCP server, as it is.',
    load: async () => (await import('./protect.ts')).protect,
  },
  {
    name: 'serve',
    description: 'Run the authorization server and the MCP servers of the configuration.',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'connect',
    description: 'Let a local MCP client use a protected server that is elsewhere.',
    load: async () => (await import('./connect.ts')).connect,
  },
  {
    name: 'login',
    description: 'Sign in at an API, an MCP server or an authorization server.',
    load: async () => (await import('./login.ts')).login,
  },
  {
    name: 'token',
    description: 'Print a fresh access token for where you are signed in.',
    load: async () => (await import('./token.ts')).token,
  },
  {
    name: 'logout',
    description: 'Sign out: revoke what a server gave, and forget it.',
    load: async () => (await import('./logout.ts')).logout,
  },
  {
    name: 'accounts',
    description: 'Where you are signed in.',
    load: async () => (await import('./accounts.ts')).accounts,
  },
  {
    name: 'user',
    description: 'People: add, list, disable, enable, reset, remove.',
    load: async () => (await import('./user.ts')).user,
  },
  {
    name: 'client',
    description: 'OAuth clients: add, list, show, rotate-secret, verify, remove.',
    load: async () => (await import('./client.ts')).client,
  },
  {
    name: 'apikey',
    description: 'API keys: create, list, rotate, revoke, verify.',
    load: async () => (await import('./apikey.ts')).apikey,
  },
  {
    name: 'tool',
    description: 'Tools behind the gateway, and what servers made of them: list, diff, approve.',
    load: async () => (await import('./tool.ts')).tool,
  },
  {
    name: 'key',
    description: 'The keys that sign tokens: list, rotate, retire.',
    load: async () => (await import('./key.ts')).key,
  },
  {
    name: 'jwt',
    description: 'JSON Web Tokens, here and not on a web page: decode, verify, sign, keygen.',
    load: async () => (await import('./jwt.ts')).jwt,
  },
  {
    name: 'events',
    description: 'What happened: the audit log.',
    load: async () => (await import('./events.ts')).events,
  },
  {
    name: 'why',
    description: 'Explain what happened, and by which rule it was decided.',
    load: async () => (await import('./why.ts')).why,
  },
  {
    name: 'rekey',
    description: 'Put data keys under the first key-encryption key of the settings.',
    load: async () => (await import('./rekey.ts')).rekey,
  },
  {
    name: 'migrate',
    description: 'Bring the tables of the store up to date.',
    load: async () => (await import('./migrate.ts')).migrate,
  },
  {
    name: 'backup',
    description: 'Copy the store into a file, while servers use it.',
    load: async () => (await import('./backup.ts')).backup,
  },
  {
    name: 'revoke-since',
    description: 'After a backup was restored: end what may have been used or revoked since.',
    load: async () => (await import('./revoke-since.ts')).revokeSince,
  },
  {
    name: 'sweep',
    description: 'Delete what has expired, now.',
    load: async () => (await import('./sweep.ts')).sweep,
  },
]
