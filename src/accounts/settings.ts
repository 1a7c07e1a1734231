/**
 * Settings of the accounts.
 *
 * @module
 */

import { z } from 'zod'
import { rateSettings, throttleSettings } from '../limits/index.ts'
import { count, seconds } from '../settings.ts'

const DAY = 86_400

/** Passwords: what is accepted, and what a guess costs. */
export const passwordSettings = z.strictObject({
  minLength: count({ min: 8, max: 128 })
    .default(15)
    .describe(
      'Fewest characters (NIST SP 800-63B-4 §3.1.1.2: 15 where the password is all there is).',
    ),
  contextWords: z
    .array(z.string().min(3).max(64))
    .max(50)
    .default([])
    .describe('Words that are easy to guess here, such as the name of the service.'),
  memoryKiB: count({ min: 19_456, max: 1_048_576 })
    .default(19_456)
    .describe('argon2id memory (OWASP: 19 MiB with two passes at least).'),
  passes: count({ min: 2, max: 20 }).default(2).describe('argon2id passes.'),
  hashesAtOnce: count({ min: 1, max: 64 })
    .default(2)
    .describe('Hashes in flight; each takes a thread of the pool and the memory above.'),
  hashesWaiting: count({ min: 0, max: 1_000 })
    .default(32)
    .describe(
      'Hashes that may wait. Beyond them sign-in answers 503, so that a flood stays small.',
    ),
})

/** What the keeper of passwords is told. */
export type PasswordSettings = z.output<typeof passwordSettings>

/** Browser sessions. */
export const sessionSettings = z.strictObject({
  idle: seconds({ min: 300, max: DAY })
    .default(3_600)
    .describe('A session not used for this long ends (NIST SP 800-63B-4 AAL2: one hour).'),
  absolute: seconds({ min: 300, max: 30 * DAY })
    .default(DAY)
    .describe('A session ends this long after sign-in, used or not.'),
  knownDevice: seconds({ min: DAY, max: 365 * DAY })
    .default(90 * DAY)
    .describe("How long a browser that signed in keeps its own budget, out of strangers' reach."),
})

/** What the keeper of sessions is told. */
export type SessionSettings = z.output<typeof sessionSettings>

/** People. */
export const accountsSettings = z.strictObject({
  passwords: passwordSettings.prefault({}),
  sessions: sessionSettings.prefault({}),
  throttle: throttleSettings.prefault({}).describe('Waits after failures, per account.'),
  perSource: rateSettings({ perMinute: 30, burst: 30 }).describe(
    'Sign-in attempts per source: an IPv4 address or an IPv6 /64.',
  ),
})

/** What the accounts are told. */
export type AccountsSettings = z.output<typeof accountsSettings>
