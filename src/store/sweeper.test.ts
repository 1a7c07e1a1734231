import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakePlatform } from '../testing/clock.ts'
import { StoreUnavailable } from './errors.ts'
import { memoryStore } from './memory.ts'
import { startSweeper } from './sweeper.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A sweeper of a store whose sweeps are seen, and answer as told. */
function sweeping(...answers: (number | Error)[]) {
  const store = memoryStore()
  const sweep = vi.spyOn(store, 'sweep').mockImplementation(async () => {
    const answer = answers.shift() ?? 0
    if (answer instanceof Error) throw answer
    return answer
  })
  const onError = vi.fn()
  const platform = fakePlatform(1000)
  const stop = startSweeper(store, platform, { everyMs: 60_000, limit: 10, onError })
  return { sweep, stop, onError, platform }
}

describe('The sweeper', () => {
  it('sweeps at intervals, by the clock it was given', async () => {
    const { sweep, stop, platform } = sweeping()
    expect(sweep).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(60_000)
    platform.set(2000)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sweep.mock.calls).toEqual([
      [1000, 10, { gently: true }],
      [2000, 10, { gently: true }],
    ])
    stop()
  })

  it('goes on at once while there is more', async () => {
    const { sweep, stop } = sweeping(10, 23, 9)
    await vi.advanceTimersByTimeAsync(60_010)
    expect(sweep).toHaveBeenCalledTimes(3)
    stop()
  })

  it('is gentle for an hour of having more to do, and again when it was done', async () => {
    const { sweep, stop, platform } = sweeping(10, 10, 10, 9, 10)
    const wasGentle = () => sweep.mock.lastCall?.[2]?.gently
    await vi.advanceTimersByTimeAsync(60_000)
    for (const [now, gently] of [
      [1_000 + 3_599_999, true],
      [1_000 + 3_600_000, false],
      [1_000 + 9_000_000, false],
    ] as const) {
      platform.set(now)
      await vi.advanceTimersByTimeAsync(1)
      expect([now, wasGentle()]).toEqual([now, gently])
    }
    await vi.advanceTimersByTimeAsync(60_000)
    expect(wasGentle()).toBe(true)
    stop()
  })

  it('tells of a failure, and sweeps again', async () => {
    const failure = new StoreUnavailable()
    const { sweep, stop, onError } = sweeping(failure)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(onError.mock.calls).toEqual([[failure]])
    expect(sweep).toHaveBeenCalledTimes(2)
    stop()
  })

  it('sweeps no more once stopped, and is silent about a sweep that was under way', async () => {
    const { sweep, stop, onError } = sweeping(new StoreUnavailable())
    vi.advanceTimersByTime(60_000)
    stop()
    await vi.advanceTimersByTimeAsync(600_000)
    expect(sweep).toHaveBeenCalledTimes(1)
    expect(onError).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not keep the process alive', () => {
    vi.useRealTimers()
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout')
    const before = timers().length
    const { stop } = sweeping()
    expect(timers().length).toBe(before)
    stop()
  })
})
