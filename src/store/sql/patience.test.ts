import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { patiently } from './patience.ts'

class Busy extends Error {}

const isBusy = (error: unknown) => error instanceof Busy

/** Fails so many times with an error, then succeeds. */
function failing(times: number, error: Error) {
  const attempt = vi.fn(async () => {
    if (attempt.mock.calls.length <= times) throw error
    return 'done'
  })
  return attempt
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('patiently', () => {
  it('attempts once if that succeeds', async () => {
    const attempt = failing(0, new Busy())
    expect(await patiently(attempt, { patience: 100, isBusy })).toBe('done')
    expect(attempt).toHaveBeenCalledTimes(1)
  })

  it('attempts again while it is busy', async () => {
    const attempt = failing(12, new Busy())
    const outcome = patiently(attempt, { patience: 2000, isBusy })
    await vi.runAllTimersAsync()
    expect(await outcome).toBe('done')
    expect(attempt).toHaveBeenCalledTimes(13)
  })

  it.each([0, 1, 30, 2000])(
    'gives up after %i ms, and after a last attempt then',
    async (patience) => {
      const attempt = failing(Number.POSITIVE_INFINITY, new Busy())
      const outcome = expect(patiently(attempt, { patience, isBusy })).rejects.toThrow(Busy)
      const start = Date.now()
      await vi.runAllTimersAsync()
      await outcome
      expect(Date.now() - start).toBe(patience)
    },
  )

  it('does not attempt again after another failure', async () => {
    const attempt = failing(1, new TypeError('a bug'))
    await expect(patiently(attempt, { patience: 100, isBusy })).rejects.toThrow('a bug')
    expect(attempt).toHaveBeenCalledTimes(1)
  })
})
