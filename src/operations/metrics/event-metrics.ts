/**
 * What events say, as numbers.
 *
 * @module
 */

import { oauthErrors } from '../../errors.ts'
import { type EventSink, eventTypes } from '../../events.ts'
import { grantTypes } from '../../server/index.ts'
import { counter, gauge, type Written } from './series.ts'

/** Numbers that events change. */
export interface EventMetrics {
  readonly count: EventSink
  readonly metrics: readonly Written[]
}

/** Makes them, all at zero. */
export function eventMetrics(): EventMetrics {
  const events = counter({
    name: 'warder_events_total',
    help: 'Events, by type. What each means is in docs/events.md.',
    labels: { type: Object.keys(eventTypes) },
  })
  const refusals = counter({
    name: 'warder_refusals_total',
    help: 'Events that tell of a refusal, by the error that was answered.',
    labels: { error: Object.keys(oauthErrors) },
  })
  const tokens = counter({
    name: 'warder_tokens_issued_total',
    help: 'Access tokens issued, by grant type.',
    labels: { grant_type: grantTypes },
  })
  const dropped = counter({
    name: 'warder_journal_dropped_total',
    help: 'Events that the audit log did not keep.',
    labels: {},
  })
  const away = gauge({
    name: 'warder_limits_away',
    help: 'Whether Redis cannot be used, so that each process counts for itself.',
    labels: {},
  })
  away.set({}, 0)
  dropped.add({}, 0)
  return {
    metrics: [events, refusals, tokens, dropped, away],
    count({ type, error, grantType, count = 0 }) {
      events.add({ type })
      if (error !== undefined) refusals.add({ error })
      if (type === 'token.issued' && grantType !== undefined) tokens.add({ grant_type: grantType })
      if (type === 'journal.dropped') dropped.add({}, count)
      if (type === 'limits.away') away.set({}, 1)
      if (type === 'limits.back') away.set({}, 0)
    },
  }
}
