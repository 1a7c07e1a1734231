/**
 * When a pattern of events is taken for an attack.
 *
 * @module
 */

import { z } from 'zod'
import { count } from '../../settings.ts'

/** The thresholds of the signals that are counted over time. */
export const signalSettings = z.strictObject({
  sprayedAccounts: count({ min: 3, max: 10_000 })
    .default(20)
    .describe(
      'SIG-6: accounts at which sign-in failed from one network (IPv4 /24, IPv6 /64) within ten minutes. Strangers there then wait fifteen minutes.',
    ),
  errorRedirects: count({ min: 3, max: 10_000 })
    .default(20)
    .describe(
      'SIG-12: errors redirected to a client that nobody vouches for within an hour, if they are more than its successes. Its errors are then shown and not redirected.',
    ),
  misroutedTokens: count({ min: 3, max: 10_000 })
    .default(20)
    .describe(
      'SIG-13: tokens of another issuer, or for another resource, at one resource within five minutes. An alert; each is refused anyway.',
    ),
})

/** What the signals are told. */
export type SignalSettings = z.output<typeof signalSettings>
