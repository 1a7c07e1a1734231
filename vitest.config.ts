import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { isThorough, onServers } from './spec/support/servers.ts'

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

/** Adapters are public by the name of their file. */
const adapters = readdirSync(source('adapters')).map((file) => file.replace(/\.ts$/, ''))

/** Tests that put another module in the place of a real one, and so need modules of their own. */
const replacing = ['spec/attacks-login.test.ts', 'src/client/network-fetch.test.ts']

/** Tests that are nothing without a PostgreSQL or a Redis. */
const serversOnly = ['spec/attacks-postgres*.test.ts', 'spec/attacks-redis.test.ts']

/**
 * Tests that start processes by the dozen, cut the power at every write, make RSA keys of every size, or
 * try thousands of inputs.
 */
const lasting = [
  'spec/fuzz-*.test.ts',
  'spec/rfc7517-guard-keys.test.ts',
  'spec/rfc7518-signatures.test.ts',
  'spec/attacks-client-store.test.ts',
  'spec/attacks-store-processes.test.ts',
  'spec/sqlite-power-loss.test.ts',
]

/** Tests import warder by its public names; here those are the front doors of the rooms in `src/`. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^warder$/, replacement: source('index.ts') },
      {
        find: new RegExp(`^warder/(${adapters.join('|')})$`),
        replacement: source('adapters/$1.ts'),
      },
      { find: /^warder\/(.+)$/, replacement: source('$1/index.ts') },
    ],
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    // By default one core is left idle, of two.
    maxWorkers: availableParallelism(),
    // A guard against what never ends, on machines that may be busy with other things.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    globalSetup: ['spec/support/services.ts'],
    setupFiles: ['spec/support/setup.ts', 'spec/support/chance.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['spec/**/*.test.ts', 'src/**/*.test.{ts,tsx}'],
          exclude: [
            'spec/e2e/**',
            'node_modules/**',
            ...replacing,
            ...(onServers ? [] : serversOnly),
            ...(isThorough ? [] : lasting),
          ],
          // Loading everything anew for each file would cost more than all of the tests.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'replacing', include: replacing } },
    ],
  },
})
