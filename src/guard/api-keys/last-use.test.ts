import { describe, expect, it } from 'vitest'
import type { Change, Store } from '../../store/store.ts'
import { lastUses } from './last-use.ts'

/** Uses that are written when the test says so, and what was written. */
function watched() {
  const writes: (readonly Change[])[] = []
  const state = { isAway: false }
  const due: (() => void)[] = []
  const store: Pick<Store, 'write'> = {
    async write(changes) {
      if (state.isAway) throw new Error('away')
      writes.push(changes)
      return true
    },
  }
  const uses = lastUses(store, {
    after(_, run) {
      due.push(run)
      return () => void due.splice(due.indexOf(run), 1)
    },
  })
  /** The minute is over. */
  const pass = async () => {
    due.shift()?.()
    for (let turns = 0; turns < 200; turns++) await undefined
  }
  const use = (id: string, at: number, usedAt: number | null = null) =>
    uses.note({ id, usedAt }, at)
  return { uses, use, writes, due, pass, state }
}

describe('Last uses', () => {
  it('are written once for each key, with the last time, whatever happened meanwhile', async () => {
    const { use, writes, due, pass } = watched()
    for (const at of [1, 2, 3]) use('a', at)
    use('b', 2)
    expect([due.length, writes.length]).toEqual([1, 0])
    await pass()
    const at = (usedAt: number) => ({ verb: 'updateAll', set: { usedAt } })
    expect(writes).toMatchObject([[at(3), at(2)]])
    use('a', 60_004)
    await pass()
    expect(writes.at(-1)).toMatchObject([at(60_004)])
  })

  it('are not noted while what is written is as good', async () => {
    const { use, due } = watched()
    use('a', 60_000, 1)
    expect(due).toEqual([])
    use('a', 60_001, 1)
    expect(due).toHaveLength(1)
  })

  it('of ten thousand keys are written a minute, two hundred at a time', async () => {
    const { use, writes, pass } = watched()
    for (let i = 0; i < 10_100; i++) use(`key ${i}`, 1)
    await pass()
    expect(writes.map((changes) => changes.length)).toEqual(Array.from({ length: 50 }, () => 200))
  })

  it('that cannot be written are lost, and the next are written', async () => {
    const { use, writes, pass, state } = watched()
    state.isAway = true
    use('a', 1)
    await pass()
    state.isAway = false
    use('a', 2)
    await pass()
    expect(writes).toHaveLength(1)
  })

  it('are over when they are closed', async () => {
    const { uses, use, writes, due } = watched()
    use('a', 1)
    await uses.close()
    use('b', 2)
    await uses.close()
    expect(writes).toHaveLength(1)
    expect(due).toEqual([])
  })
})
