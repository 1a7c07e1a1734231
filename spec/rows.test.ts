/** What a sign-in leaves behind: the arithmetic of docs/operations.md stands on it. */

import { describe, expect, it } from 'vitest'
import type { Store } from 'warder/store'
import { tableNames } from '../src/store/tables.ts'
import { authorizationServer, type Rig, refresh, tokens } from './support/authorization-server.ts'
import { granted } from './support/requests.ts'

type Counts = Readonly<Record<string, number>>

/** The rows of each table that has any. */
async function rowsOf(store: Store): Promise<Counts> {
  const counted = await Promise.all(
    tableNames.map(async (table) => {
      const rows = await store.list(table, {}, { limit: 10_000 })
      return [table, rows.length] as const
    }),
  )
  return Object.fromEntries(counted.filter(([, count]) => count > 0))
}

/** The rows that came and went, by table. */
function change(before: Counts, after: Counts): Counts {
  const tables = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const changes = tables.map(
    (table) => [table, (after[table] ?? 0) - (before[table] ?? 0)] as const,
  )
  return Object.fromEntries(changes.filter(([, rows]) => rows !== 0))
}

describe('The rows that are left behind', () => {
  it('by a first sign-in: a session, a consent, a family, what is spent, and its events', async () => {
    const { store, ...rig } = await authorizationServer()
    const before = await rowsOf(store)
    await tokens({ store, ...rig })
    const { events = 0, ...rows } = change(before, await rowsOf(store))
    expect(rows).toEqual({
      sessions: 1,
      consents: 1,
      families: 1,
      // Gone minutes later: the sweeper takes what is spent when its time is over.
      interactions: 1,
      authorizationCodes: 1,
    })
    expect(events).toBe(4)
  })

  it('by a refresh: nothing but its event; one row is rewritten', async () => {
    const rig = await authorizationServer()
    let { refresh_token } = await tokens(rig)
    const before = await rowsOf(rig.store)
    const [family] = await rig.store.list('families', {}, { limit: 10 })
    for (let times = 0; times < 10; times++) {
      rig.platform.advance(60_000)
      refresh_token = (await granted(await refresh(rig, refresh_token))).refresh_token ?? ''
    }
    expect(change(before, await rowsOf(rig.store))).toEqual({ events: 10 })
    const families = await rig.store.list('families', {}, { limit: 10 })
    expect(families).toHaveLength(1)
    expect(families[0]).toMatchObject({
      id: family?.id,
      generation: (family?.generation ?? 0) + 10,
    })
  })

  it('by what was spent: what tells a second use apart, for as long as the tokens may live', async () => {
    const rig = await authorizationServer()
    const before = await rowsOf(rig.store)
    await tokens(rig)
    const { events: _, ...rows } = change(before, await sweptAfter(rig, 2 * HOUR))
    expect(rows).toEqual({ consents: 1, families: 1, authorizationCodes: 1 })
    const { events: __, ...last } = change(before, await sweptAfter(rig, 400 * 24 * HOUR))
    // What a user has allowed stays allowed until they take it back.
    expect(last).toEqual({ consents: 1 })
  })
})

const HOUR = 3_600_000

/** The rows that are left when so much time has passed, and the sweeper. */
async function sweptAfter({ store, platform }: Rig, milliseconds: number): Promise<Counts> {
  platform.advance(milliseconds)
  await store.sweep(platform.now(), 1_000)
  return rowsOf(store)
}
