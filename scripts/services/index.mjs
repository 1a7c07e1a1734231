/**
 * Servers that tests, the fault harness and the benchmarks start for themselves: a PostgreSQL and a
 * Redis in a temporary directory each, on a port of their own. None outlives the process that
 * started it, whatever becomes of that.
 */

export { hasPostgres, startPostgres } from './postgres.mjs'
export { hasRedis, startRedis } from './redis.mjs'
