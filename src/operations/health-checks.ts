/**
 * What must hold for requests to be answered.
 *
 * Redis is not here: without it each process counts for itself. Nor are the servers behind the
 * gateway: that one of them is away is no reason to take the others away too.
 *
 * @module
 */

import { WarderError } from '../errors.ts'
import { pendingMigrations, type Store, StoreUnavailable } from '../store/index.ts'
import type { HealthCheck } from './health.ts'

/** What is looked at. */
export interface Examined {
  readonly store: Store
  readonly keys: {
    /** @throws if none signs now. */
    signer(): unknown
  }
  readonly journal: { isRefusing(): boolean }
}

/** The checks of a server. */
export function healthChecks({ store, keys, journal }: Examined): readonly HealthCheck[] {
  return [
    { name: 'store', check: () => checkStore(store) },
    { name: 'migrations', check: () => checkTables(store) },
    { name: 'keys', check: () => void keys.signer() },
    { name: 'journal', check: () => checkJournal(journal) },
  ]
}

/** Whether it can be written shows when something is; a look must not write. */
async function checkStore(store: Store): Promise<void> {
  // A store may remember a row that it was asked for before, and a list it does not.
  await store.list('facts', { id: 'health' }, { limit: 1 })
}

/** A store that is away is told of by its own name. */
async function checkTables(store: Store): Promise<void> {
  const pending = await pendingMigrations(store).catch((error: unknown) => {
    if (error instanceof StoreUnavailable) return []
    throw error
  })
  if (pending.length > 0) throw unhealthy(`the tables lack ${pending.join(', ')}`)
}

function checkJournal(journal: Examined['journal']): void {
  if (journal.isRefusing()) throw unhealthy('the audit log cannot be written, and must be')
}

const unhealthy = (detail: string) =>
  new WarderError('temporarily_unavailable', 'The server is not ready.', { detail })
