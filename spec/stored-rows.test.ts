/** What a sign-in and a refresh leave behind: the arithmetic of `docs/stores.md` rests on it. */

import { describe, expect, it } from 'vitest'
import type { Store } from 'warder/store'
import { tableNames } from '../src/store/tables.ts'
import { authorizationServer, refresh, tokens } from './support/authorization-server.ts'

/** How many rows each table has. */
async function counts(store: Store): Promise<ReadonlyMap<string, number>> {
  const rows = tableNames.map(async (table) => {
    const found = await store.list(table, {}, { limit: 1000 })
    return [table, found.length] as const
  })
  return new Map(await Promise.all(rows))
}

/** The rows that something adds, by table. */
async function added<T>(
  store: Store,
  action: () => Promise<T>,
): Promise<[Record<string, number>, T]> {
  const before = await counts(store)
  const result = await action()
  const after = [...(await counts(store))].map(
    ([table, count]) => [table, count - (before.get(table) ?? 0)] as const,
  )
  return [Object.fromEntries(after.filter(([, count]) => count !== 0)), result]
}

describe('The rows that are left behind', () => {
  it('are counted for a first sign-in, a refresh, and a sign-in after it', async () => {
    const rig = await authorizationServer()
    const kept = { sessions: 1, interactions: 1, authorizationCodes: 1, families: 1 }
    const [first, { refresh_token }] = await added(rig.store, () => tokens(rig))
    expect(first).toEqual({ ...kept, consents: 1, events: 4 })
    const [rotation, answer] = await added(rig.store, () => refresh(rig, refresh_token))
    expect(answer.status).toBe(200)
    expect(rotation).toEqual({ events: 1 })
    const [next] = await added(rig.store, () => tokens(rig))
    expect(next).toEqual({ ...kept, events: 3 })
  })
})
