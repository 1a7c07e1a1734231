import { describe, expect, it } from 'vitest'
import { createTurnstile } from './turnstile.ts'

const round = () => new Promise((resolve) => setImmediate(resolve))

describe('A turnstile', () => {
  it('FT-31 lets one through in a round, in the order they came', async () => {
    const itsTurn = createTurnstile()
    const through: number[] = []
    const all = [1, 2, 3].map((each) => itsTurn().then(() => through.push(each)))
    expect(through).toEqual([])
    for (const expected of [[1], [1, 2], [1, 2, 3]]) {
      await round()
      expect(through).toEqual(expected)
    }
    await Promise.all(all)
    const another = itsTurn().then(() => through.push(4))
    await another
    expect(through).toEqual([1, 2, 3, 4])
  })
})
