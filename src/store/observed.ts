/**
 * A store that tells of each event once its write has happened.
 *
 * The transaction decides what is true; this only passes it on, so nobody who writes can forget to.
 *
 * @module
 */

import type { EventSink } from '../events.ts'
import type { Store } from './store.ts'

/** The same store, telling `sink` of every event it has recorded. */
export function observedStore(store: Store, sink: EventSink): Store {
  return {
    find: (table, where) => store.find(table, where),
    list: (table, where, page) => store.list(table, where, page),
    async write(changes, events = [], outlives) {
      const written = await store.write(changes, events, outlives)
      if (written) for (const event of events) sink(event)
      return written
    },
    sweep: (...how) => store.sweep(...how),
    close: () => store.close(),
  }
}
