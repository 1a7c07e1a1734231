import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { followKeys } from './follow-keys.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Keys that are followed as told: `false` fails. */
function following(...answers: boolean[]) {
  const follow = vi.fn(async () => {
    if (answers.shift() === false) throw new Error('the store is away')
  })
  const onError = vi.fn()
  const stop = followKeys({ follow }, { onError })
  return { follow, onError, stop }
}

describe('Following the keys', () => {
  it('happens every five seconds', async () => {
    const { follow, stop } = following()
    await vi.advanceTimersByTimeAsync(4_999)
    expect(follow).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(10_001)
    expect(follow).toHaveBeenCalledTimes(3)
    stop()
  })

  it('tells of an outage once, and of the next one again', async () => {
    const { follow, onError, stop } = following(false, false, false, true, false)
    await vi.advanceTimersByTimeAsync(15_000)
    expect(onError).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(onError).toHaveBeenCalledTimes(2)
    expect(follow).toHaveBeenCalledTimes(5)
    stop()
  })

  it('ends when stopped, and is silent about what was under way', async () => {
    const { follow, onError, stop } = following(false)
    vi.advanceTimersByTime(5_000)
    stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(follow).toHaveBeenCalledTimes(1)
    expect(onError).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})
