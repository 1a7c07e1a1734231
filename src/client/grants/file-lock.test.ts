import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemPlatform } from '../../platform.ts'
import { FileLocks } from './file-lock.ts'
import { OwnDirectory } from './own-directory.ts'

let path = ''
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'warder-lock-'))
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(path, { recursive: true })
})

/** Locks as another process has them: nothing is shared but the directory. */
const newLocks = (patience = 1_000) =>
  new FileLocks(new OwnDirectory(path, systemPlatform), patience)

/** A promise, and what fulfils it. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

/** Lets everything happen that no timer holds up. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

describe('A lock on a file', () => {
  it('is not taken on a file that was removed while it was waited for', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const order: string[] = []
    const [first, newcomer] = [gate(), gate()]
    const holding = newLocks().hold('a.lock', async () => {
      order.push('first')
      await first.opened
    })
    await until(() => order.length === 1)
    const waiting = newLocks().hold('a.lock', async () => {
      order.push('waited')
    })
    await until(() => vi.getTimerCount() === 1)
    await rm(join(path, 'a.lock'))
    const holdingAnew = newLocks().hold('a.lock', async () => {
      order.push('newcomer')
      await newcomer.opened
      order.push('newcomer ends')
    })
    await until(() => order.includes('newcomer'))
    first.open()
    await holding
    await vi.advanceTimersByTimeAsync(100)
    newcomer.open()
    await holdingAnew
    while (!order.includes('waited')) await vi.advanceTimersByTimeAsync(10)
    await waiting
    expect(order).toEqual(['first', 'newcomer', 'newcomer ends', 'waited'])
  })

  it('writes nothing, and leaves one empty file', async () => {
    await newLocks().hold('a.lock', async () => {
      expect(await readdir(path)).toEqual(['a.lock'])
    })
    expect(await readdir(path)).toEqual(['a.lock'])
    expect((await stat(join(path, 'a.lock'))).size).toBe(0)
  })

  it('holds up nobody who wants another, and goes to each in turn', async () => {
    const locks = newLocks()
    const order: number[] = []
    const first = gate()
    const holding = locks.hold('a.lock', () => first.opened)
    await locks.hold('b.lock', async () => {})
    const turns = [1, 2, 3].map((turn) =>
      locks.hold('a.lock', async () => {
        order.push(turn)
        if (turn === 2) throw new Error('on purpose')
      }),
    )
    first.open()
    const outcomes = await Promise.allSettled([holding, ...turns])
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(order).toEqual([1, 2, 3])
    await locks.settled()
  })
})
