/**
 * The floors: which room may import which, as data. `docs/architecture.md` prints this table.
 *
 * Every import runs down, or stays in its room. The hall is open to all. A room is added here when
 * it gets its first file.
 */

/** A folder of `src/`, or one of the two files that stand above the rooms. */
export interface Room {
  readonly floor: number
  readonly is: string
  /** Besides itself and the hall. */
  readonly mayImport: readonly string[]
}

/** The files beside the rooms that every room may import; among themselves they import each other. */
const hall: readonly string[] = [
  'decisions.ts',
  'decisions-explained.ts',
  'errors.ts',
  'events.ts',
  'freeze.ts',
  'monotonic.ts',
  'platform.ts',
  'settings.ts',
  'timers.ts',
]

const foundations = ['protocol', 'vault', 'store', 'limits'] as const

/** The rooms by name; `warder.ts` and `index.ts` count as rooms of one file. */
export const rooms: Readonly<Record<string, Room>> = {
  protocol: {
    floor: 2,
    is: 'the words of the RFCs: parameters, scopes, redirect URIs, PKCE, resources, challenges, metadata, JWT, JSON-RPC, the safe outward fetch',
    mayImport: [],
  },
  vault: {
    floor: 2,
    is: 'secrets: keyed hashes, envelope encryption, the key-encryption key and where it comes from',
    mayImport: [],
  },
  store: {
    floor: 2,
    is: 'what is kept: the contract, memory, SQLite, PostgreSQL, migrations, the sweeper',
    mayImport: ['protocol', 'vault'],
  },
  limits: {
    floor: 2,
    is: 'rate limits, throttles and replay caches, for one process or for several with Redis',
    mayImport: ['store'],
  },
  accounts: {
    floor: 3,
    is: 'people: users, passwords, sessions, ways to sign in',
    mayImport: foundations,
  },
  journal: {
    floor: 3,
    is: 'the audit log: recording off the path of requests, seals, verification, signals, exports',
    mayImport: foundations,
  },
  server: {
    floor: 4,
    is: 'the authorization server: endpoints, authorization checks, grants, client authentication, tokens, pages',
    mayImport: [...foundations, 'accounts'],
  },
  guard: {
    floor: 4,
    is: 'letting requests in: credentials, scopes, challenges, resource metadata',
    mayImport: foundations,
  },
  client: {
    floor: 4,
    is: 'getting and keeping tokens of others: flows, the token manager, sealed grants, provider profiles',
    mayImport: ['protocol', 'vault', 'store'],
  },
  browser: {
    floor: 4,
    is: 'the client of a page: sign-in, tokens in memory, tabs that share them. No node:',
    mayImport: ['protocol'],
  },
  testing: {
    floor: 4,
    is: 'the contracts of stores, a clock that tests set, a recording upstream, an OAuth 1.0a provider',
    mayImport: ['protocol', 'vault', 'store', 'client', 'guard'],
  },
  gateway: {
    floor: 5,
    is: 'OAuth in front of any MCP server: upstreams, per-tool policy, both protocol eras',
    mayImport: [...foundations, 'guard'],
  },
  bff: {
    floor: 5,
    is: 'a backend for the frontend: a cookie in the browser, tokens here, calls to named APIs',
    mayImport: ['protocol', 'vault', 'client'],
  },
  react: {
    floor: 5,
    is: 'the browser client as components and hooks',
    mayImport: ['browser'],
  },
  connect: {
    floor: 5,
    is: 'the other end: lets a local MCP client use a protected server that is elsewhere',
    mayImport: ['protocol', 'vault', 'client'],
  },
  operations: {
    floor: 5,
    is: 'running a server: health, upkeep, and what it does when there is too much to do',
    mayImport: [...foundations, 'server'],
  },
  adapters: {
    floor: 5,
    is: 'Warder on a platform: a server for Node, guards for Express, Fastify, Hono, Node and fetch',
    mayImport: ['protocol', 'limits', 'guard'],
  },
  'warder.ts': {
    floor: 6,
    is: 'the one place that wires',
    mayImport: [
      ...foundations,
      'accounts',
      'journal',
      'operations',
      'server',
      'client',
      'guard',
      'gateway',
      'adapters',
    ],
  },
  'index.ts': {
    floor: 7,
    is: 'the front door',
    mayImport: [
      ...foundations,
      'accounts',
      'journal',
      'operations',
      'server',
      'client',
      'guard',
      'gateway',
      'adapters',
      'warder.ts',
    ],
  },
  cli: {
    floor: 7,
    is: 'commands',
    mayImport: [
      ...foundations,
      'accounts',
      'journal',
      'operations',
      'server',
      'client',
      'guard',
      'gateway',
      'connect',
      'adapters',
      'warder.ts',
    ],
  },
}

/** The room a file of `src/` stands in, `hall` for the hall, nothing for a file with no place. */
export function roomOf(path: string): string | undefined {
  const [first = ''] = path.replace(/^src\//, '').split('/')
  if (hall.includes(first) || hall.includes(first.replace('.test.ts', '.ts'))) return 'hall'
  const name = first.replace('.test.ts', '.ts')
  return name in rooms ? name : undefined
}

/** The table of rooms as Markdown, highest floor first. */
export function floorsTable(): string {
  const rows = Object.entries(rooms)
    .sort(([, a], [, b]) => b.floor - a.floor)
    .map(([name, { floor, is, mayImport }]) => {
      const room = name.endsWith('.ts') ? name : `${name}/`
      return `| ${floor} | \`${room}\` | ${is} | ${mayImport.join(', ') || 'nothing'} |`
    })
  const files = hall.map((name) => `\`${name}\``).join(', ')
  return [
    '| floor | room | what it is | may import, besides itself and the hall |',
    '| --- | --- | --- | --- |',
    ...rows,
    `| 1 | the hall: ${files} | what everything leans on | each other |`,
  ].join('\n')
}
