/**
 * Settings of the limits.
 *
 * @module
 */

import { z } from 'zod'
import { count, seconds, secretReference } from '../settings.ts'

/** How many requests a minute, and how many at once. */
export const rateSettings = (rule: { readonly perMinute: number; readonly burst: number }) =>
  z
    .strictObject({
      perMinute: count({ min: 1, max: 100_000 })
        .default(rule.perMinute)
        .describe('How many a minute in the long run.'),
      burst: count({ min: 1, max: 100_000 }).default(rule.burst).describe('How many at once.'),
    })
    .prefault({})

/** How whoever keeps failing is slowed down. */
export const throttleSettings = z.strictObject({
  free: count({ min: 1, max: 20 }).default(5).describe('Attempts without a wait: people mistype.'),
  longestWait: seconds({ min: 1, max: 3_600 })
    .default(900)
    .describe('The wait doubles from one second up to this.'),
  ceiling: count({ min: 5, max: 100 })
    .default(20)
    .describe(
      'Consecutive failures after which the ceiling wait applies (NIST SP 800-63B-4: at most 100).',
    ),
  ceilingWait: seconds({ min: 60, max: 86_400 })
    .default(3_600)
    .describe(
      'The wait beyond the ceiling. Never for ever: a lock for ever is a gift to whoever wants to lock people out.',
    ),
  forgetAfter: seconds({ min: 3_600, max: 2_592_000 })
    .default(86_400)
    .describe('Failures are forgotten this long after the last one.'),
})

/** What a throttle is told. */
export type ThrottleSettings = z.output<typeof throttleSettings>

/** What holds for every limit. */
export const limitsSettings = z.strictObject({
  url: z
    .union([z.string().min(1), secretReference])
    .optional()
    .describe(
      'A Redis or Valkey that several processes count in together: "redis://…", "rediss://…" with TLS, or a reference to a secret that says so. Without it each process counts for itself. See docs/limits.md.',
    ),
  timeout: count({ min: 10, max: 5_000 })
    .meta({ unit: 'milliseconds' })
    .default(250)
    .describe('How long a request waits for Redis before its process counts alone.'),
  whenAway: z
    .enum(['local', 'refuse'])
    .default('local')
    .describe(
      'What sign-ins do while Redis is away: "local" counts them in each process by the same rule, "refuse" answers 503. Everything else is counted in each process.',
    ),
  trustedProxies: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .default([])
    .describe(
      'Addresses and CIDR ranges of proxies whose X-Forwarded-For is believed. None by default: anyone can send the header.',
    ),
})

/** What the limits are told. */
export type LimitsSettings = z.output<typeof limitsSettings>
