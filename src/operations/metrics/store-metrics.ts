/**
 * The store, as numbers.
 *
 * @module
 */

import { type Store, StoreUnavailable } from '../../store/index.ts'
import { gauge, histogram, type Written } from './series.ts'

/** Seconds: from a row in memory to where a statement is given up. */
const bounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5]

const verbs = ['find', 'list', 'write', 'sweep'] as const
type Verb = (typeof verbs)[number]

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
        verb: verbs,
        outcome: ['done', 'lost', 'unavailable', 'failed'],
      },
    },
    bounds,
  )
  const underWay: Record<Verb, number> = { find: 0, list: 0, write: 0, sweep: 0 }
  const timed = async <T>(verb: Verb, work: () => Promise<T>): Promise<T> => {
    const begun = monotonic()
    underWay[verb] += 1
    const end = (outcome: string) => {
      underWay[verb] -= 1
      durations.observe({ verb, outcome }, (monotonic() - begun) / 1000)
    }
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
    metrics: [durations, depth(underWay)],
    measured: (store) => ({
      find: (table, where) => timed('find', () => store.find(table, where)),
      list: (table, where, page) => timed('list', () => store.list(table, where, page)),
      write: (...write) => timed('write', () => store.write(...write)),
      sweep: (...how) => timed('sweep', () => store.sweep(...how)),
      close: () => store.close(),
    }),
  }
}

/** What waits for a connection or for the next commit is in here too. */
function depth(underWay: Readonly<Record<Verb, number>>): Written {
  const calls = gauge({
    name: 'warder_store_calls',
    help: 'What the store was asked and has not answered.',
    labels: { verb: verbs },
  })
  return {
    write() {
      for (const verb of verbs) calls.set({ verb }, underWay[verb])
      return calls.write()
    },
  }
}
