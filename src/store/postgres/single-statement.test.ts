import { describe, expect, it } from 'vitest'
import { writerOf } from '../sql/dialect.ts'
import { Statements } from '../sql/statements.ts'
import { type Change, insert, removeAll, update, updateAll } from '../store.ts'
import { postgresDialect } from './dialect.ts'
import { SingleStatements } from './single-statement.ts'

const statements = new Statements(writerOf(postgresDialect(true)))
const single = (...changes: Change[]) =>
  new SingleStatements().of(changes.map((change) => statements.stepOf(change)))

const fact = (id: string) => insert('facts', { id, value: `value of ${id}` })
const revocation = insert('revocations', { id: 'r', revokedAt: 1, expiresAt: 2 })
const change = update('throttles', { id: 't' }, { attempts: 3 })

describe('Changes as one statement', () => {
  it('are parts that wait for those before them where they add rows', () => {
    expect(single(fact('f'), change)).toEqual({
      sql:
        'with p0 as (update "throttles" set "attempts" = $1 where "id" = $2 returning 1), ' +
        'p1 as (insert into "facts" ("id", "value") select $3::text, $4::text ' +
        'where (select count(*) from p0) = 1 on conflict do nothing returning 1) ' +
        'select case when (select count(*) from p0) = 1 and (select count(*) from p1) = 1 then 1 ' +
        "when changed = 0 then 0 else cast('a change missed, undone: ' || changed as bigint) end " +
        'as done from (select (select count(*) from p0) + (select count(*) from p1) as changed) as sum',
      parameters: [3, 't', 'f', 'value of f'],
    })
  })

  it('add many rows to a table as lists of cells', () => {
    const { sql, parameters } = single(fact('a'), revocation, fact('b')) ?? {}
    expect(sql).toContain(
      '"facts" ("id", "value") select * from unnest($1::text[], $2::text[]) on conflict',
    )
    expect(sql).toContain(
      'select $3::text, $4::bigint, $5::bigint where (select count(*) from p0) = cardinality($1)',
    )
    expect(parameters).toEqual([['a', 'b'], ['value of a', 'value of b'], 'r', 1, 2])
  })

  it('have one text, however many rows they add', () => {
    const many = (count: number) =>
      single(...Array.from({ length: count }, (_, at) => fact(String(at))))?.sql
    expect(many(2)).toBe(many(9))
    expect(many(1)).not.toBe(many(2))
  })

  it('of any number of rows ask for none', () => {
    const { sql } = single(updateAll('throttles', {}, { attempts: 0 })) ?? {}
    expect(sql).toContain('select case when true then 1')
  })

  it('are made in one order of tables, so that no two of them wait for each other', () => {
    const user = update('users', { id: 'u' }, { epoch: 1 })
    expect(single(user, change)?.sql).toContain('p0 as (update "throttles"')
    expect(single(change, user)?.sql).toContain('p0 as (update "throttles"')
  })

  it.each<[string, Change[]]>([
    ['change one table twice', [change, change]],
    ['add to what they change', [fact('a'), update('facts', { id: 'a' }, { value: '' })]],
    ['add to what they remove', [removeAll('facts', {}), fact('a')]],
    ['change any number of rows beside others', [change, updateAll('users', {}, { epoch: 1 })]],
    ['remove any number of rows beside others', [removeAll('facts', {}), change]],
  ])('are none where they %s', (_, changes) => {
    expect(single(...changes)).toBeUndefined()
  })

  it('are none where something is no change of our tables', () => {
    const singles = new SingleStatements()
    const step = (sql: string) => ({ sql, parameters: ['a'], hits: 'any' }) as const
    expect(singles.of([step('create table x (y text)')])).toBeUndefined()
    const foreign = 'insert into "migrations" ("name") values ($1) on conflict do nothing'
    expect(singles.of([step(foreign)])).toBeUndefined()
  })
})
