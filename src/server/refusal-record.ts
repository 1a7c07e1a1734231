/**
 * Recording that a request was refused: once, by whoever knows most of it.
 *
 * @module
 */

import type { OAuthError } from '../errors.ts'
import { type EventFields, type EventType, eventMaker } from '../events.ts'
import type { ServerContext } from './context.ts'
import type { Exchange } from './exchange.ts'

const recorded = new WeakSet<OAuthError>()

/** Marks an answer that is an error in form only, such as “not yet”: it is not recorded. */
export function unrecorded(error: OAuthError): OAuthError {
  recorded.add(error)
  return error
}

/** What is recorded of a refusal besides the error. */
export interface RefusalRecord {
  readonly type: EventType
  readonly fields?: EventFields
}

/** Records a refusal under the flow that the request belongs to, unless that was done already. */
export function recordRefusal(
  error: OAuthError,
  { type, fields = {} }: RefusalRecord,
  { exchange, context }: { readonly exchange: Exchange; readonly context: ServerContext },
): void {
  if (recorded.has(error)) return
  recorded.add(error)
  const event = eventMaker(context.platform, exchange.flow.correlationId)
  const { code, detail, message, decision } = error
  context.onEvent(
    event(type, {
      ...fields,
      source: exchange.source,
      error: code,
      reason: detail ?? message,
      ...decision,
    }),
  )
}
