import { describe, expect, it } from 'vitest'
import { createTurnstile } from './turnstile.ts'

const rounds = async (count: number) => {
  for (let round = 0; round < count; round++) await new Promise((resolve) => setImmediate(resolve))
}

describe('A turnstile', () => {
  it('FT-31 lets one through in eight rounds, in the order they came', async () => {
    const itsTurn = createTurnstile()
    const through: number[] = []
    const all = [1, 2, 3].map((each) => itsTurn().then(() => through.push(each)))
    expect(through).toEqual([])
    await rounds(1)
    expect(through).toEqual([1])
    await rounds(7)
    expect(through).toEqual([1])
    await rounds(1)
    expect(through).toEqual([1, 2])
    await rounds(8)
    expect(through).toEqual([1, 2, 3])
    await Promise.all(all)
  })

  it('lets the next through after 20 ms, however few rounds that were', async () => {
    let time = 0
    const itsTurn = createTurnstile(() => time)
    const through: number[] = []
    for (const each of [1, 2, 3]) void itsTurn().then(() => through.push(each))
    await rounds(2)
    expect(through).toEqual([1])
    time = 19
    await rounds(1)
    expect(through).toEqual([1])
    time = 20
    await rounds(1)
    expect(through).toEqual([1, 2])
    time = 40
    await rounds(1)
    expect(through).toEqual([1, 2, 3])
  })

  it('lets who is alone through in the next round', async () => {
    const itsTurn = createTurnstile()
    const through: number[] = []
    for (const each of [1, 2]) {
      void itsTurn().then(() => through.push(each))
      await rounds(1)
      expect(through).toHaveLength(each)
      await rounds(8)
    }
  })
})
