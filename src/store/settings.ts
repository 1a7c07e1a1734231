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
      'Where state is kept: "sqlite:PATH", "memory:", or a reference to a secret that says so. Unless set, a file in the data directory.',
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
      'How long a request waits for another process that writes to the file, before it is answered 503. Keep it below the deadline of your clients.',
    ),
})

/** The settings of the store, read. */
export type StoreSettings = z.output<typeof storeSettings>
