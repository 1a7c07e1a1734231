/**
 * The numbers of a process, for Prometheus.
 *
 * Our own writer, because there is little to write: the library that everybody takes has had no
 * release since 2024, brings three packages along, and lets any text become a label.
 *
 * @module
 */

import type { EventSink } from '../../events.ts'
import { monotonic } from '../../monotonic.ts'
import type { Store } from '../../store/index.ts'
import { eventMetrics } from './event-metrics.ts'
import type { Written } from './series.ts'
import { storeMetrics } from './store-metrics.ts'

/** The numbers of a process. */
export interface Metrics {
  /** Told of every event. */
  readonly onEvent: EventSink
  /** The same store, measured. */
  measured(store: Store): Store
  /** Adds what there was nothing to say about before. */
  add(metrics: readonly Written[]): void
  /** All of them as text. */
  text(): Promise<string>
}

/** Makes the numbers of a process. */
export function createMetrics(): Metrics {
  const events = eventMetrics()
  const store = storeMetrics(monotonic)
  const all: Written[] = [...events.metrics, ...store.metrics]
  return {
    onEvent: events.count,
    measured: store.measured,
    add: (metrics) => void all.push(...metrics),
    text: async () => (await Promise.all(all.map((metric) => metric.write()))).join(''),
  }
}
