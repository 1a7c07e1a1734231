/**
 * The `mcp` section of the configuration: the servers to guard, by name.
 *
 * @module
 */

import { z } from 'zod'
import { revisions } from '../protocol/mcp.ts'
import { scopesSettings, scopeToken } from '../protocol/scope-settings.ts'
import { count, seconds } from '../settings.ts'

/** A field name that the gateway may set; those that mean something to HTTP or MCP it may not. */
const identityHeader = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be a header name of letters, digits and hyphens')
  .refine(
    (name) =>
      !/^(accept|authorization|connection|content-.*|cookie|dpop|expect|forwarded|host|keep-alive|last-event-id|mcp-.*|origin|proxy-.*|te|trailer|transfer-encoding|upgrade|user-agent)$/i.test(
        name,
      ),
    'is a header with a meaning of its own',
  )

const common = {
  title: z.string().min(1).optional().describe('The name people see; its own name unless told.'),
  tools: z
    .record(z.string().min(1), z.union([z.array(scopeToken), z.literal(false)]))
    .optional()
    .describe(
      'The scopes each tool needs, all of them; false is never. "*" is for tools not named and for everything else. Without "*", tools not named are never allowed, so that a tool the server gains tomorrow is not open today. Without "tools", every tool needs mcp:tools.',
    ),
  toolChanges: z
    .enum(['block', 'report', 'allow'])
    .default('block')
    .describe(
      'What becomes of a tool whose name, title, description, schemas or annotations are no longer what they were when it was first listed, or last approved. block: it is neither listed nor called until an operator has approved the change (warder tool diff, warder tool approve), or the server takes it back. report: the change is recorded and let through, for a server that you are developing. allow: nothing is kept of tools, for a server whose tools differ from user to user or from hour to hour.',
    ),
  scopes: scopesSettings,
  maxRequestBytes: count({ min: 1_024, max: 67_108_864 })
    .default(4_194_304)
    .describe('The largest message taken from a caller. It is held in memory while it is read.'),
  maxAnswerBytes: count({ min: 1_024, max: 268_435_456 })
    .default(16_777_216)
    .describe('The largest single message taken from the server. It is held in memory.'),
  silence: seconds({ min: 1, max: 86_400 })
    .default(600)
    .describe('How long the server may stay silent while somebody waits for it.'),
  minRevision: z
    .enum(revisions)
    .default('2025-03-26')
    .describe('The oldest protocol revision spoken here; raise it when all clients are newer.'),
  sessions: z
    .strictObject({
      idle: seconds({ min: 10, max: 604_800 })
        .default(1_800)
        .describe('How long a session without open streams is kept.'),
      perUser: count({ min: 1, max: 10_000 })
        .default(20)
        .describe('Sessions a user may have at once; then the one longest unused ends.'),
      total: count({ min: 1, max: 1_000_000 })
        .default(500)
        .describe('Sessions of all users at once. For a command, each is a process.'),
    })
    .prefault({}),
}

const httpServer = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('Where the server is. Redirects are not followed.'),
  identity: z
    .record(identityHeader, z.enum(['subject', 'client', 'email']))
    .default({})
    .describe('Headers that tell the server who the user is. Only the gateway sets them.'),
  ...common,
})

const stdioServer = z.strictObject({
  command: z
    .tuple([z.string().min(1)], z.string())
    .describe('The program and its arguments, as they are: there is no shell.'),
  cwd: z.string().min(1).optional().describe('The directory it runs in.'),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable'),
      z.union([z.string(), z.strictObject({ env: z.string().min(1) })]),
    )
    .default({})
    .describe(
      'Its environment, beside the few variables every program needs: values as they are, or { "env": "NAME" } to hand one on. Nothing in a value is expanded.',
    ),
  share: z
    .enum(['session', 'all'])
    .default('session')
    .describe(
      'session: a process for each session, so that nobody sees anything of another. all: one for everybody, for servers that remember nothing of their callers.',
    ),
  start: seconds({ min: 1, max: 600 })
    .default(60)
    .describe('How long it may take to say its first word.'),
  ...common,
})

/** One guarded server: by `url` or by `command`. */
export const serverSettings = z.union(
  [httpServer, stdioServer],
  'Must have either a "url" or a "command"',
)

/** The guarded servers by name. The name is part of the address. */
export const mcpSettings = z
  .record(
    z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be of lower case, digits and hyphens'),
    serverSettings,
  )
  .default({})
  .describe('MCP servers to guard. NAME is served at ISSUER/mcp/NAME.')

/** The parsed settings of one server. */
export type ServerSettings = z.output<typeof serverSettings>
