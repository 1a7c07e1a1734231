/**
 * The settings of the store.
 *
 * @module
 */

import { z } from 'zod'
import { count, secretReference } from '../settings.ts'

/** Where state is kept, and how carefully. */
export const storeSettings = z.strictObject({
  url: z
    .union([z.string().min(1), secretReference])
    .optional()
    .describe(
      'Where state is kept: "sqlite:PATH", "postgres://USER:PASSWORD@HOST/DATABASE", "memory:", or a reference to a secret that says so. Unless set, a file in the data directory.',
    ),
  synchronous: z
    .enum(['full', 'normal'])
    .default('full')
    .describe(
      'Whether SQLite flushes each commit to the disk. With "normal", a power cut may bring a used code or refresh token back to life.',
    ),
  busyTimeout: count({ min: 0, max: 30_000 })
    .meta({ unit: 'milliseconds' })
    .default(2000)
    .describe(
      'How long a request waits for its turn before it is answered 503: for another process that writes to the SQLite file; with PostgreSQL for a connection, and for a lock. Keep it below the deadline of your clients.',
    ),
  pool: count({ min: 1, max: 1000 })
    .default(16)
    .describe(
      'Connections to PostgreSQL that this process may have. All processes together must stay below the max_connections of the server.',
    ),
  queue: count({ min: 0, max: 100_000 })
    .default(1000)
    .describe(
      'Requests that may wait for one of them. The next is answered 503 at once: a database that has slowed down gains nothing from a longer queue.',
    ),
  statementTimeout: count({ min: 100, max: 60_000 })
    .meta({ unit: 'milliseconds' })
    .default(5000)
    .describe('How long a statement may take in PostgreSQL before it is cancelled.'),
})

/** The settings of the store, read. */
export type StoreSettings = z.output<typeof storeSettings>
