/**
 * Whether this run has a PostgreSQL and a Redis: `npm test -- --store postgres` starts them. Tests that
 * need one are part of that run and of no other, so that `npm test` asks for nothing but Node.
 */

export const onServers = process.env.WARDER_TEST_STORE === 'postgres'

/**
 * Whether this run is to be thorough, however long that takes: one for which a store is named, as CI names
 * each. `npm test` by itself is for those who wait for it.
 */
export const isThorough = process.env.WARDER_TEST_STORE !== undefined
