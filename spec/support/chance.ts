/**
 * What generated inputs follow from. Each run tries others, so that all runs together try many; but a change
 * must not fail by what another run would have found, so CI tries the same ones for ever. `npm run fuzz` is
 * for looking further.
 */

import fc from 'fast-check'

/** The number that inputs follow from, where it is told. */
const seed = process.env.WARDER_TEST_SEED

if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) })
