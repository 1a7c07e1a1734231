/**
 * What a failure of a database means for who asked.
 *
 * @module
 */

import { StoreUnavailable } from '../errors.ts'

/**
 * - `busy`: another writer was in the way, nothing was done, and trying again may help.
 * - `taken`: a key or a unique value exists.
 * - `away`: it cannot serve now, and what became of the statement may be unknown.
 */
export type Fault = 'busy' | 'taken' | 'away'

/** What to throw for an error of a driver: itself, unless it means that the database cannot serve. */
export function outage(error: unknown, fault: Fault | undefined): unknown {
  if (fault !== 'busy' && fault !== 'away') return error
  return new StoreUnavailable({ detail: String(error), cause: error })
}
