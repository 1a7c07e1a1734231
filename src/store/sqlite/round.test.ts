import { describe, expect, it } from 'vitest'
import { eventLoopRound } from './round.ts'

describe('Rounds of the event loop', () => {
  it('are one for all that is done without waiting, and another after waiting for what comes in', async () => {
    const round = eventLoopRound()
    await Promise.resolve()
    expect(eventLoopRound()).toBe(round)
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    expect(eventLoopRound()).toBeGreaterThan(round)
  })
})
