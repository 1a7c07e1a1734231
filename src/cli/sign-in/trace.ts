/**
 * `DEBUG=oauth:*`: the steps of a flow on standard error, without secrets.
 *
 * @module
 */

import { formatTraceStep, type Trace } from '../../client/trace.ts'
import { tell } from '../output.ts'

/** What the environment asks for: `oauth:*`, or channels such as `oauth:token`. */
export function traceOf(debug: string | undefined, isWanted = false): Trace | undefined {
  const names = (debug ?? '').split(/[\s,]+/).filter((name) => /^(?:\*$|oauth:)/.test(name))
  const isAll = isWanted || names.some((name) => name === '*' || name === 'oauth:*')
  if (!isAll && names.length === 0) return undefined
  return (step) => {
    if (isAll || names.includes(step.channel)) tell(formatTraceStep(step))
  }
}
