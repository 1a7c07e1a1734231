/**
 * Rounds of the event loop. What a round deals with had arrived when it began.
 *
 * @see {@link https://nodejs.org/api/perf_hooks.html#performancenodetiminguvmetricsinfo | uvMetricsInfo}
 * @module
 */

import { performance } from 'node:perf_hooks'

/** The number of the round that is under way; one that equals none, itself included, if it is not known. */
export const eventLoopRound = (): number =>
  performance.nodeTiming.uvMetricsInfo?.loopCount ?? Number.NaN
