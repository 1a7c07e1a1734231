/**
 * Settings of running a server.
 *
 * @module
 */

import { z } from 'zod'
import { seconds } from '../settings.ts'

/** How a server is run. */
export const operationsSettings = z.strictObject({
  stop: z
    .strictObject({
      delay: seconds({ min: 0, max: 300 })
        .default(0)
        .describe(
          'How long a server that was told to stop goes on as before while /readyz says no: as long as your load balancer takes to notice.',
        ),
      grace: seconds({ min: 0, max: 600 })
        .default(15)
        .describe('How long requests may take to finish after that, before they are cut.'),
    })
    .prefault({}),
})

/** What a server is told of its running. */
export type OperationsSettings = z.output<typeof operationsSettings>
