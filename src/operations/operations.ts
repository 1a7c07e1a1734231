/**
 * Puts together what stands around a server that runs.
 *
 * @module
 */

import { createFront, type FrontOptions } from './front.ts'
import { createGathering } from './gathering.ts'
import { createHealth, type Health } from './health.ts'
import { type Examined, healthChecks } from './health-checks.ts'
import type { LagMeter } from './lag.ts'
import { createLoad } from './load.ts'
import { metricsEndpoint } from './metrics/endpoint.ts'
import { gauges, type Sources } from './metrics/gauges.ts'
import type { OperationsSettings } from './settings.ts'

/** What a running server is made of. */
export interface OperationsOptions
  extends Omit<FrontOptions, 'health' | 'load' | 'gathered'>,
    Omit<Examined, 'keys'>,
    Pick<Sources, 'hashing' | 'platform'> {
  readonly journal: FrontOptions['journal'] & Sources['journal']
  readonly settings: OperationsSettings
  readonly keys: Examined['keys']
  readonly describedKeys: Sources['keys']
  /** How late the process is, by which requests are turned away. */
  readonly lag: LagMeter
}

/** A server as it runs. */
export interface Operations {
  readonly settings: OperationsSettings
  readonly health: Health
  /** Answers a request. */
  readonly fetch: ReturnType<typeof createFront>
  /** Answers on the port of the metrics, if the settings have one. */
  readonly metrics: ((request: Request) => Promise<Response>) | undefined
}

/** Puts it together. */
export function createOperations(options: OperationsOptions): Operations {
  const { settings, platform, hashing, journal, describedKeys, onWarning, metrics } = options
  const health = createHealth({ checks: healthChecks(options), platform, onChange: onWarning })
  const gathered = createGathering()
  const lag = options.lag(gathered)
  const load = createLoad(settings.load, lag)
  metrics?.add(gauges({ health, lag, hashing, journal, keys: describedKeys, platform }))
  const place = settings.metrics
  return {
    settings,
    health,
    fetch: createFront({ ...options, health, load, gathered }),
    metrics: metrics && place && metricsEndpoint({ metrics, health, host: place.host }),
  }
}
