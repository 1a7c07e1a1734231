/**
 * The house rules (`docs/architecture.md`), held over every file of `src/`.
 *
 * Each rule is also tried on a small house in memory with one fault planted in it: a rule that
 * cannot see its fault would hold for ever.
 */

import { describe, expect, it } from 'vitest'
import { rooms } from './house/floors.ts'
import { COMPUTED } from './house/module.ts'
import {
  type Allowance,
  cycles,
  drawers,
  floors,
  houseOf,
  light,
  nodeOnly,
  place,
  type Rule,
  reaching,
  resolution,
  size,
  table,
  unusedAllowances,
} from './house/rules.ts'
import { sourcesBelow } from './house/tree.ts'

/** Who may import `node:` modules, and why the interfaces that every platform has do not do. */
const nodeAllowed: Allowance = {
  'src/adapters/guarding/node-guard.ts': 'names the types of node:http',
  'src/adapters/guarding/node-handler.ts': 'names the types of node:http',
  'src/adapters/node.ts': 'joins fetch handlers to node:http',
  'src/cli/': 'is a program on a machine',
  'src/client/callback/callback-server.ts': 'waits on this machine for a browser',
  'src/client/callback/listening.ts': 'waits on this machine for a browser',
  'src/client/callback/open-browser.ts': 'starts the browser',
  'src/client/network-fetch.ts': 'judges addresses and certificates itself',
  'src/client/grants/directory.ts': 'joins paths as each system has them',
  'src/client/grants/keychains/run-program.ts': 'asks the keychains that systems bring',
  'src/client/grants/own-directory.ts': 'makes, reads and flushes files for their owner alone',
  'src/connect/node-http.ts': 'sends by the client that is loaded already when a process starts',
  'src/gateway/upstreams/child/': 'starts processes',
  'src/journal/exports/': 'sends datagrams and keeps connections to syslog',
  'src/protocol/outward-fetch.ts': 'looks addresses up itself, to refuse private ones',
  'src/protocol/signatures/native-crypto.ts':
    'verifies without waiting; asks for the module, so that guards load without it',
  'src/server/tokens/sign-jwt.ts': 'signs without waiting, at a third of the cost of WebCrypto',
  'src/server/tokens/signing-keys/key-material.ts': 'makes and reads the keys it signs with',
  'src/store/postgres/address.ts': 'reads the certificates that a URL names',
  'src/store/sqlite.ts': 'keeps a file to its owner',
  'src/store/sqlite/drivers/node-sqlite.ts': 'is the driver that Node brings',
  'src/store/sqlite/drivers/node-sqlite-aside.ts': 'has a thread for what holds up a thread',
  'src/store/sqlite/existing-file.ts': 'names a file by its URI',
  'src/operations/references.ts': 'reads the secrets that settings refer to',
  'src/operations/settled.ts': 'says where a file is within the data directory',
  'src/store/sqlite/round.ts': 'knows one round of the event loop from the next',
  'src/store/sqlite/backup.ts': 'writes a file for its owner alone, and flushes it',
  'src/vault/': 'hashes and seals without waiting, and reads the key from a file',
}

/** Who may load a module whose name is not known here. */
const computedAllowed: Allowance = {
  'src/cli/configuration.ts': 'loads the configuration file that the user names',
}

/** Who may reach for what the others are given. */
const reachesAllowed: Readonly<Record<string, Allowance>> = {
  'AbortSignal.timeout': {
    'src/guard/jwks.ts': 'bounds one fetch by the platform, whose clock no test can set',
    'src/protocol/outward-fetch.ts': 'bounds one fetch; tests shorten the bound instead',
    'src/server/self-check.ts': 'bounds the one look at itself at start',
  },
  'Date.now': {
    'src/browser/surroundings.ts': 'is the clock of a page',
    'src/platform.ts': 'is the clock',
  },
  'crypto.getRandomValues': {
    'src/browser/surroundings.ts': 'is the generator of a page',
    'src/platform.ts': 'is the generator',
  },
  fetch: {
    'src/client/assembly.ts': 'is the default of a parameter',
    'src/client/mcp/oauth-client-provider.ts': 'is the default of a parameter',
    'src/client/oauth1/client.ts': 'is the default of a parameter',
    'src/browser/surroundings.ts': 'is what a page asks with',
    'src/guard/credentials/introspection.ts': 'is the default of a parameter',
    'src/guard/credentials/jwt.ts': 'is the default of a parameter',
    'src/warder.ts': 'is the default of a parameter',
  },
  'performance.now': {
    'src/monotonic.ts': 'is the clock that durations are measured with',
  },
  'process.env': {
    'src/cli/': 'is where the environment comes in',
    'src/client/callback/open-browser.ts': 'finds out whether there is a display, unless told',
    'src/gateway/upstreams/child/child-environment.ts': 'picks PATH and the like for a child',
  },
  setImmediate: {
    'src/store/postgres/gathered-reads.ts':
      'hears all connections once before it asks for what they want',
    'src/operations/gathering.ts': 'waits until all connections were heard',
    'src/operations/turnstile.ts': 'lets what matters more go between',
    'src/store/sqlite/write-queue.ts':
      'hears all connections once before it commits what they want',
  },
  setTimeout: {
    'src/browser/surroundings.ts': 'is the timer of a page',
    'src/cli/commands/connect.ts': 'waits for the last answers, but not for ever',
    'src/cli/commands/events.ts': 'looks for more every second',
    'src/client/grants/file-lock.ts': 'waits milliseconds for another process to decide',
    'src/adapters/node.ts': 'gives open connections a last chance when the server stops',
    'src/timers.ts': 'is the timer',
    'src/cli/stopping.ts': 'gives balancers the time to notice that the server stops',
    'src/store/postgres/engine.ts': 'waits milliseconds before it tries again',
    'src/store/sql/patience.ts': 'waits milliseconds for another process to finish its write',
    'src/store/sweeper.ts': 'tidies up now and then, in no hurry',
  },
}

/** The rules by name, as they hold for `src/`. */
const rules: Readonly<Record<string, Rule>> = {
  'every file stands in a room': place,
  'imports name files that exist': resolution(computedAllowed),
  'every import runs down or stays in its room': floors,
  'the table of floors has no way up': () => table(rooms),
  'no file needs itself': cycles,
  'node: only where it is named': nodeOnly(nodeAllowed),
  'time, chance, timers, network and environment come in': reaching(reachesAllowed),
  'warder/guard loads nothing but jose': light('src/guard/index.ts', ['jose', 'node:crypto']),
  'warder/browser loads nothing but jose': light('src/browser/index.ts', ['jose']),
  'warder/react loads nothing but react': light('src/react/index.ts', ['react', 'jose']),
  'no drawers': drawers,
  'no file is longer than 400 lines': size(400),
}

const tree = sourcesBelow('src')
const house = houseOf(tree)

describe('The house', () => {
  it('is seen at all', () => {
    expect(house.size).toBeGreaterThan(40)
    for (const name of ['errors', 'platform', 'store/store', 'guard/index', 'cli/main', 'warder']) {
      expect([...house.keys()]).toContain(`src/${name}.ts`)
    }
    const imports = [...house.values()].flatMap((module) => module.imports)
    expect(imports.length).toBeGreaterThan(house.size)
  })

  it.each(Object.entries(rules))('holds: %s', (_, rule) => {
    expect(rule(house)).toEqual([])
  })

  it('has no allowance that nobody needs', () => {
    const needless = [
      unusedAllowances(computedAllowed, ({ imports }) =>
        imports.some(({ specifier }) => specifier === COMPUTED),
      ),
      unusedAllowances(nodeAllowed, ({ imports }) =>
        imports.some(({ specifier }) => specifier.startsWith('node:')),
      ),
      ...Object.entries(reachesAllowed).map(([name, allowance]) =>
        unusedAllowances(allowance, ({ reaches }) => reaches.has(name)),
      ),
    ]
    expect(needless.flatMap((rule) => rule(house))).toEqual([])
  })
})

describe('A planted fault', () => {
  /** A house without a fault. */
  const sound = {
    'src/errors.ts': 'export class OAuthError extends Error {}',
    'src/platform.ts': 'export const now = () => Date.now()',
    'src/protocol/scope.ts': "import { OAuthError } from '../errors.ts'\nthrow new OAuthError()",
    'src/store/store.ts': 'export type Row = { at: number }',
    'src/store/sqlite.ts': "import 'node:fs'\nexport type { Row } from './store.ts'",
    'src/server/token.ts': "import type { Row } from '../store/store.ts'\nexport type T = Row",
    'src/guard/index.ts': "import 'jose'\nexport * from './jwt.ts'\nimport type { z } from 'zod'",
    'src/guard/jwt.ts': "import { now } from '../platform.ts'\nexport const at = now(), T = Date",
    'src/cli/main.ts': "import '../server/token.ts'\nexport const port = process.env.PORT",
  }

  it('is not there yet', () => {
    const faults = Object.values(rules).flatMap((rule) =>
      rule(houseOf(new Map(Object.entries(sound)))),
    )
    expect(faults).toEqual([])
  })

  const plants: readonly (readonly [rule: string, path: string, source: string])[] = [
    ['every file stands in a room', 'src/shed/rake.ts', ''],
    ['every file stands in a room', 'src/loose.ts', ''],
    ['imports name files that exist', 'src/guard/a.ts', "import './gone.ts'"],
    ['imports name files that exist', 'src/guard/a.ts', "import './jwt'"],
    ['imports name files that exist', 'src/guard/a.ts', "import { x } from 'warder/protocol'"],
    ['imports name files that exist', 'src/guard/a.ts', 'export const a = import(name)'],
    [
      'every import runs down or stays in its room',
      'src/protocol/a.ts',
      "import '../server/token.ts'",
    ],
    [
      'every import runs down or stays in its room',
      'src/events.ts',
      "import './protocol/scope.ts'",
    ],
    [
      'every import runs down or stays in its room',
      'src/guard/a.ts',
      "export * from '../server/token.ts'",
    ],
    [
      'every import runs down or stays in its room',
      'src/vault/a.ts',
      "import type {} from '../store/store.ts'",
    ],
    [
      'every import runs down or stays in its room',
      'src/store/a.ts',
      "type A = import('../server/token.ts').A",
    ],
    [
      'every import runs down or stays in its room',
      'src/store/a.ts',
      "await import('../server/token.ts')",
    ],
    ['no file needs itself', 'src/store/store.ts', "import './sqlite.ts'"],
    ['no file needs itself', 'src/store/store.ts', "import './store.ts'"],
    ['node: only where it is named', 'src/protocol/a.ts', "import { lookup } from 'node:dns'"],
    ['node: only where it is named', 'src/protocol/a.ts', "process.getBuiltinModule('node:fs')"],
    ['node: only where it is named', 'src/protocol/a.ts', "await import('node:fs')"],
    ['time, chance, timers, network and environment come in', 'src/server/a.ts', 'Date.now()'],
    [
      'time, chance, timers, network and environment come in',
      'src/server/a.ts',
      'const a = Date.now',
    ],
    ['time, chance, timers, network and environment come in', 'src/server/a.ts', 'new Date()'],
    ['time, chance, timers, network and environment come in', 'src/server/a.ts', 'Math.random()'],
    [
      'time, chance, timers, network and environment come in',
      'src/server/a.ts',
      'crypto.randomUUID()',
    ],
    [
      'time, chance, timers, network and environment come in',
      'src/server/a.ts',
      'setTimeout(f, 1)',
    ],
    [
      'time, chance, timers, network and environment come in',
      'src/server/a.ts',
      'globalThis.fetch(u)',
    ],
    [
      'time, chance, timers, network and environment come in',
      'src/server/a.ts',
      "fetch('https://a.test')",
    ],
    [
      'time, chance, timers, network and environment come in',
      'src/server/a.ts',
      'process.env.HOME',
    ],
    [
      'time, chance, timers, network and environment come in',
      'src/vault/a.ts',
      "import { randomBytes } from 'node:crypto'",
    ],
    ['warder/guard loads nothing but jose', 'src/guard/jwt.ts', "import { z } from 'zod'"],
    ['warder/guard loads nothing but jose', 'src/platform.ts', "export * from 'hono'"],
    ['no drawers', 'src/server/utils.ts', ''],
    ['no drawers', 'src/server/helpers/date.ts', ''],
    ['no file is longer than 400 lines', 'src/server/a.ts', 'let a\n'.repeat(401)],
  ]

  it.each(plants)('is refused: %s (%s: %s)', (name, path, source) => {
    const planted = houseOf(new Map([...Object.entries(sound), [path, source]]))
    const refused = Object.entries(rules).filter(([, rule]) => rule(planted).length > 0)
    expect(refused.map(([rule]) => rule)).toEqual([name])
  })

  it('is refused: a table of floors with a way up, a circle or a room that is not there', () => {
    const room = (floor: number, ...mayImport: string[]) => ({ floor, is: '', mayImport })
    expect(table({ cellar: room(1, 'attic'), attic: room(2) })).toHaveLength(1)
    expect(table({ left: room(1, 'right'), right: room(1, 'left') })).toHaveLength(2)
    expect(table({ attic: room(2, 'cellar') })).toHaveLength(1)
  })

  it('is refused: an allowance that nobody needs', () => {
    const needless = unusedAllowances({ 'src/cli/': '', 'src/vault/': '' }, () => true)
    expect(needless(houseOf(new Map(Object.entries(sound))))).toEqual([
      'src/vault/ needs no allowance any more',
    ])
  })

  it('does not confuse what a file is given with what it reaches for', () => {
    const given =
      'export const get = (fetch: typeof globalThis.fetch) => fetch(new Date(0).toJSON())'
    const house = houseOf(new Map([['src/server/a.ts', given]]))
    expect(reaching({})(house)).toEqual([])
  })
})
