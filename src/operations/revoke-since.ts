/**
 * Ends what an older backup has brought back to life.
 *
 * A store that was put back knows nothing of what happened after the backup was made: codes that were
 * used since are unused, refresh tokens that were exchanged since are the current ones, and who signed
 * out is signed in. Nobody can tell which of it was, so all of it ends, and people sign in again.
 *
 * What can be used once is removed, because a stranger who brings it is to be refused like any other.
 * Families of tokens stay as revoked, because that is what ends their access tokens. What cannot be
 * known from the store is left to the operator: accounts disabled since, secrets changed since, API
 * keys revoked and signing keys withdrawn since.
 *
 * @module
 */

import { type EventFields, type EventType, eventMaker } from '../events.ts'
import { findKnownSince, replaceKnownSince } from '../limits/replays/known-since.ts'
import { newCorrelationId, type Platform } from '../platform.ts'
import { revokeClient } from '../server/tokens/revocation.ts'
import {
  type Change,
  insert,
  removeAll,
  type Store,
  StoreUnavailable,
  type TableName,
  update,
  updateAll,
  type Where,
} from '../store/index.ts'

/** What was ended, or would be, by what it is. */
export interface Ended {
  readonly families: number
  readonly sessions: number
  readonly codes: number
  readonly deviceCodes: number
  readonly interactions: number
  /** Clients whose tokens for themselves were ended. */
  readonly clients: number
}

/** What it works with. */
export interface RevokeSinceContext {
  readonly store: Store
  readonly platform: Platform
  /** Counts, and ends nothing. */
  readonly dryRun?: boolean
}

/** Rows that one write ends, with the event that says so. */
const AT_ONCE = 200

/**
 * Ends what was alive at a time, or came to be since. Run again for the same time it ends nothing that
 * came to be after the first run, so it goes on where it was stopped.
 *
 * @param since - When the backup was made, in milliseconds since the epoch.
 * @throws {StoreUnavailable} if the store cannot be used; what was ended stays so.
 */
export async function revokeSince(since: number, context: RevokeSinceContext): Promise<Ended> {
  const { store, platform } = context
  const until = await firstRun(since, context)
  const ending = new Ending(since, context)
  const alive = { createdAt: { atMost: until }, expiresAt: { above: since } }
  const now = platform.now()
  const because = { revokedAt: now, revokedBecause: 'a backup was restored' }
  const ended = {
    families: await ending.all(
      'families',
      { ...alive, revokedAt: null },
      {
        type: 'token.revoked',
        change: (id) => [updateAll('families', { id, revokedAt: null }, because)],
      },
    ),
    sessions: await ending.all('sessions', alive, {
      type: 'session.ended',
      change: (id) => [removeAll('sessions', { id })],
    }),
    codes: await ending.all(
      'authorizationCodes',
      { ...alive, usedAt: null },
      {
        change: (id) => [removeAll('authorizationCodes', { id })],
      },
    ),
    deviceCodes: await ending.all('deviceCodes', alive, {
      change: (id) => [removeAll('deviceCodes', { id })],
    }),
    interactions: await ending.all(
      'interactions',
      { ...alive, finishedAt: null },
      {
        change: (id) => [removeAll('interactions', { id })],
      },
    ),
    clients: await ending.all(
      'clients',
      { createdAt: { atMost: until } },
      {
        type: 'token.revoked',
        change: (id) => revokeClient(id, now),
        // Run again, it would end what they have got since.
        unless: async (id) =>
          (await store.find('revocations', { id: `client:${id}` })) !== undefined,
      },
    ),
  }
  if (context.dryRun !== true) await forgetReplays(until, store)
  return ended
}

/** How rows of a kind are ended. */
interface Manner {
  /** The event of it; what was never told of is not told of now. */
  readonly type?: EventType
  change(id: string): readonly Change[]
  /** Whether a row has ended already, where its own columns do not say so. */
  unless?(id: string): Promise<boolean>
}

class Ending {
  readonly #context: RevokeSinceContext
  readonly #event: (
    type: EventType,
    fields: EventFields,
  ) => ReturnType<ReturnType<typeof eventMaker>>
  readonly #reason: string

  constructor(since: number, context: RevokeSinceContext) {
    this.#context = context
    this.#event = eventMaker(context.platform, newCorrelationId(context.platform))
    this.#reason = `revoked since ${new Date(since).toISOString()}: a backup was restored`
  }

  /** Ends all rows of a table that meet the conditions. @returns How many. */
  async all<T extends TableName>(table: T, where: Where<T>, manner: Manner): Promise<number> {
    const { store, dryRun } = this.#context
    let count = 0
    for (let after = ''; ; ) {
      const rows = await store.list(table, where, { limit: AT_ONCE, after })
      const ids = await this.#alive(
        rows.map(({ id }) => id),
        manner,
      )
      if (dryRun !== true && ids.length > 0) await this.#end(ids, manner)
      count += ids.length
      after = rows.at(-1)?.id ?? after
      if (rows.length < AT_ONCE) return count
    }
  }

  async #alive(ids: readonly string[], { unless }: Manner): Promise<readonly string[]> {
    if (unless === undefined) return ids
    const over = await Promise.all(ids.map(unless))
    return ids.filter((_, at) => over[at] !== true)
  }

  async #end(ids: readonly string[], { type, change }: Manner): Promise<void> {
    const fields = { count: ids.length, reason: this.#reason }
    const events = type === undefined ? [] : [this.#event(type, fields)]
    if (await this.#context.store.write(ids.flatMap(change), events)) return
    throw new StoreUnavailable({ detail: 'somebody else is ending the same' })
  }
}

const FACT = 'revoked-since'

/** When this was first run for a time; now, if it is the first. */
async function firstRun(
  since: number,
  { store, platform, dryRun }: RevokeSinceContext,
): Promise<number> {
  const found = (await store.find('facts', { id: FACT }))?.value
  const [known, at] = (found ?? '').split(' ').map(Number)
  if (known === since && at !== undefined) return at
  const now = platform.now()
  if (dryRun === true) return now
  const value = `${since} ${now}`
  const noted = await store.write([
    found === undefined
      ? insert('facts', { id: FACT, value })
      : update('facts', { id: FACT, value: found }, { value }),
  ])
  if (!noted) throw new StoreUnavailable({ detail: 'somebody else is doing the same' })
  return now
}

/** What was presented since the backup is not known to have been, so what is older is refused. */
async function forgetReplays(now: number, store: Store): Promise<void> {
  const known = await findKnownSince(store)
  if (known === undefined || known.at >= now) return
  await replaceKnownSince(store, known, { ...known, at: now })
}
