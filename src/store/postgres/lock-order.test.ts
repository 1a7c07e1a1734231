import { describe, expect, it } from 'vitest'
import type { Step } from '../sql/statement.ts'
import { inLockOrder } from './lock-order.ts'

const change = (table: string, id: string): Step => ({
  sql: `update "${table}" set "value" = $1 where "id" = $2`,
  parameters: ['v', id],
  hits: 'one',
})
const keys = (steps: readonly Step[]) => steps.map(({ parameters }) => parameters[1])

describe('The order of locks', () => {
  it('is that of the keys, for changes that do the same', () => {
    const steps = ['c', 'a', 'b'].map((id) => change('facts', id))
    expect(keys(inLockOrder(steps))).toEqual(['a', 'b', 'c'])
  })

  it('is as it was for changes of the same row, which see each other', () => {
    const steps = ['c', 'a', 'c'].map((id) => change('facts', id))
    expect(inLockOrder(steps)).toEqual(steps)
  })

  it('is as it was among changes that differ, or have no key', () => {
    const everything = (value: string): Step => ({
      sql: 'delete from "facts" where "value" = $1',
      parameters: [value],
      hits: 'any',
    })
    const steps = [change('b', 'z'), change('a', 'y'), everything('2'), everything('1')]
    expect(inLockOrder(steps)).toEqual(steps)
  })
})
