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
