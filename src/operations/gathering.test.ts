import { describe, expect, it } from 'vitest'
import { createGathering } from './gathering.ts'

const round = () => new Promise((resolve) => setImmediate(resolve))

describe('A gathering', () => {
  it('lets those of one round go on together, in the order they came', async () => {
    const gathered = createGathering()
    const through: number[] = []
    const first = [1, 2].map((each) => gathered().then(() => through.push(each)))
    expect(through).toEqual([])
    await round()
    expect(through).toEqual([1, 2])
    const later = gathered().then(() => through.push(3))
    expect(through).toEqual([1, 2])
    await Promise.all([...first, later])
    expect(through).toEqual([1, 2, 3])
  })

  it('FT-30 lets only so many go on in one round that nobody waits long to be told it is too much', async () => {
    const gathered = createGathering()
    const through: number[] = []
    const all = Array.from({ length: 70 }, (_, each) => gathered().then(() => through.push(each)))
    const rounds: number[] = []
    while (through.length < 70) {
      await round()
      rounds.push(through.length)
    }
    expect(rounds).toEqual([32, 64, 70])
    await Promise.all(all)
    expect(through).toEqual(Array.from({ length: 70 }, (_, each) => each))
  })

  it('lets whoever comes later fill up the last of those who wait', async () => {
    const gathered = createGathering()
    const through: number[] = []
    const come = (count: number) => {
      for (let each = 0; each < count; each++) void gathered().then(() => through.push(each))
    }
    come(40)
    await round()
    expect(through).toHaveLength(32)
    come(30)
    await round()
    expect(through).toHaveLength(64)
    await round()
    expect(through).toHaveLength(70)
  })

  it('lets whoever comes while they go on wait for the next round', async () => {
    const gathered = createGathering()
    const through: string[] = []
    const second = gathered().then(async () => {
      through.push('first')
      const again = gathered().then(() => through.push('second'))
      through.push('waits')
      await again
    })
    await second
    expect(through).toEqual(['first', 'waits', 'second'])
  })
})
