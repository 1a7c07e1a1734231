/**
 * What watches a process, as the settings ask for it: numbers, spans, both or neither.
 *
 * @module
 */

import type { EventSink } from '../events.ts'
import type { Store } from '../store/index.ts'
import { createMetrics, type Metrics } from './metrics/metrics.ts'
import type { OperationsSettings } from './settings.ts'
import { openTraces, type Traces } from './traces.ts'

/** What watches. */
export interface Watching {
  readonly metrics: Metrics | undefined
  readonly traces: Traces | undefined
  /** The same store, watched. */
  watched(store: Store): Store
  /** The same surroundings, with every event counted. */
  counting<A extends { readonly onEvent: EventSink }>(around: A): A
}

/** Opens what the settings ask for. */
export async function openWatching({
  metrics: numbers,
  traces: spans,
}: Pick<OperationsSettings, 'metrics' | 'traces'>): Promise<Watching> {
  const metrics = numbers === undefined ? undefined : createMetrics()
  const traces = spans === undefined ? undefined : await openTraces(spans)
  return {
    metrics,
    traces,
    watched(store) {
      const measured = metrics?.measured(store) ?? store
      return traces?.traced(measured) ?? measured
    },
    counting(around) {
      if (metrics === undefined) return around
      const onEvent: EventSink = (event) => {
        metrics.onEvent(event)
        around.onEvent(event)
      }
      return { ...around, onEvent }
    },
  }
}
