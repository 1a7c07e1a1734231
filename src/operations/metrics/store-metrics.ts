/**
 * The store, as numbers.
 *
 * @module
 */

import { type Store, StoreUnavailable } from '../../store/index.ts'
import { histogram, type Written } from './series.ts'

/** Seconds: from a row in memory to where a statement is given up. */
const bounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5]

/** Measures stores. */
export interface StoreMetrics {
  /** The same store, measured. */
  measured(store: Store): Store
  readonly metrics: readonly Written[]
}

/** Makes the meter. `monotonic` gives milliseconds. */
export function storeMetrics(monotonic: () => number): StoreMetrics {
  const durations = histogram(
    {
      name: 'warder_store_duration_seconds',
      help: 'How long the store took, by verb and outcome; “lost” is a write whose conditions did not hold.',
      labels: {
        verb: ['find', 'list', 'write', 'sweep'],
        outcome: ['done', 'lost', 'unavailable', 'failed'],
      },
    },
    bounds,
  )
  const timed = async <T>(verb: string, work: () => Promise<T>): Promise<T> => {
    const begun = monotonic()
    const end = (outcome: string) =>
      durations.observe({ verb, outcome }, (monotonic() - begun) / 1000)
    try {
      const result = await work()
      end(result === false ? 'lost' : 'done')
      return result
    } catch (error) {
      end(error instanceof StoreUnavailable ? 'unavailable' : 'failed')
      throw error
    }
  }
  return {
    metrics: [durations],
    measured: (store) => ({
      find: (table, where) => timed('find', () => store.find(table, where)),
      list: (table, where, page) => timed('list', () => store.list(table, where, page)),
      write: (changes, events) => timed('write', () => store.write(changes, events)),
      sweep: (now, limit, onSwept) => timed('sweep', () => store.sweep(now, limit, onSwept)),
      close: () => store.close(),
    }),
  }
}
