import { describe, expect, it } from 'vitest'
import type { FlatRow } from '../encoding.ts'
import { StoreUnavailable } from '../errors.ts'
import { GatheredReads } from './gathered-reads.ts'
import type { SingleStatement } from './single-statement.ts'

const byId = (id: string, table = 'users'): SingleStatement => ({
  sql: `select * from "${table}" where "id" = $1 order by "id" limit $2`,
  parameters: [id, 1],
})

/** Reads from a table of which nothing is known but that `gone` is not there. */
function reading(answer?: (statement: SingleStatement) => readonly FlatRow[]) {
  const sent: SingleStatement[] = []
  const reads = new GatheredReads(async (statement) => {
    sent.push(statement)
    if (answer !== undefined) return answer(statement)
    const ids = [statement.parameters[0] ?? []].flat().map(String)
    return ids.filter((id) => id !== 'gone').map((id) => ({ id }))
  })
  return { reads, sent }
}

describe('Gathered reads', () => {
  it('go as one statement a table, and each gets its own row', async () => {
    const { reads, sent } = reading()
    const asked = ['b', 'gone', 'a', 'b'].map((id) => reads.rows(byId(id)))
    const other = [reads.rows(byId('x', 'clients')), reads.rows(byId('y', 'clients'))]
    expect(sent).toEqual([])
    expect(await Promise.all(asked)).toEqual([[{ id: 'b' }], [], [{ id: 'a' }], [{ id: 'b' }]])
    expect(await Promise.all(other)).toEqual([[{ id: 'x' }], [{ id: 'y' }]])
    expect(sent).toEqual([
      { sql: 'select * from "users" where "id" = any($1)', parameters: [['b', 'gone', 'a']] },
      { sql: 'select * from "clients" where "id" = any($1)', parameters: [['x', 'y']] },
    ])
  })

  it('alone goes as it is, and what is asked for later is read later', async () => {
    const { reads, sent } = reading()
    expect(await reads.rows(byId('a'))).toEqual([{ id: 'a' }])
    expect(await reads.rows(byId('a'))).toEqual([{ id: 'a' }])
    expect(sent).toEqual([byId('a'), byId('a')])
  })

  it('do not hold up other statements', () => {
    const { reads, sent } = reading(() => [])
    const list = { sql: 'select * from "users" order by "id" limit $1', parameters: [5] }
    reads.rows(list)
    expect(sent).toEqual([list])
  })

  it('of a key that the server cannot read leave those beside it alone', async () => {
    const { reads } = reading(({ parameters: [ids] }) => {
      if ([ids].flat().includes('bad')) throw new TypeError('a value was refused')
      return [{ id: String(ids) }]
    })
    const [bad, good] = await Promise.allSettled([reads.rows(byId('bad')), reads.rows(byId('a'))])
    expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'a value was refused' } })
    expect(good).toEqual({ status: 'fulfilled', value: [{ id: 'a' }] })
  })

  it('are not tried one by one while the server is away', async () => {
    const { reads, sent } = reading(() => {
      throw new StoreUnavailable({ detail: 'away' })
    })
    const results = await Promise.allSettled(['a', 'b'].map((id) => reads.rows(byId(id))))
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(sent).toHaveLength(1)
  })
})
