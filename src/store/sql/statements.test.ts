import { describe, expect, it, vi } from 'vitest'
import { sqliteDialect } from '../sqlite/dialect.ts'
import { type Change, insert, removeAll, update, updateAll } from '../store.ts'
import { writerOf } from './dialect.ts'
import { Statements } from './statements.ts'

const make = () => new Statements(writerOf(sqliteDialect))

const throttle = { id: 'k', attempts: 1, blockedUntil: 2, expiresAt: 3 }

/** Changes of which each needs a text of its own. */
const changes: readonly Change[] = [
  insert('facts', { id: 'k', value: 'v' }),
  insert('throttles', throttle),
  update('throttles', { id: 'k' }, { attempts: 2 }),
  update('throttles', { id: 'k', attempts: 1 }, { attempts: 2 }),
  update('throttles', { id: 'k' }, { attempts: 2, blockedUntil: 3 }),
  update('throttles', { id: 'k' }, { blockedUntil: 3, attempts: 2 }),
  update('throttles', { id: 'k' }, {}),
  update('throttles', { id: 'k', attempts: { above: 1 } }, { attempts: 2 }),
  update('throttles', { id: 'k', attempts: { atMost: 1 } }, { attempts: 2 }),
  update('throttles', { id: 'k', attempts: { above: 1, atMost: 2 } }, { attempts: 2 }),
  update('clients', { usedAt: null }, { usedAt: 1 }),
  update('clients', { usedAt: 1 }, { usedAt: null }),
  removeAll('throttles', { id: 'k' }),
  removeAll('throttles', {}),
  removeAll('facts', {}),
]

describe('The statements', () => {
  it('of changes that differ in shape differ, and have a value for each placeholder', () => {
    const statements = make()
    const steps = changes.map((change) => statements.stepOf(change))
    expect(new Set(steps.map(({ sql }) => sql)).size).toBe(changes.length)
    for (const { sql, parameters } of steps) {
      expect(parameters).toHaveLength(sql.split('?').length - 1)
    }
  })

  it('take their values in the order of their placeholders', () => {
    const change = update(
      'throttles',
      { id: 'k', attempts: { above: 1 } },
      { blockedUntil: 7, attempts: 8 },
    )
    expect(make().stepOf(change)).toEqual({
      sql: 'update "throttles" set "blocked_until" = ?, "attempts" = ? where ("id" = ? and "attempts" > ?)',
      parameters: [7, 8, 'k', 1],
      hits: 'one',
    })
    const page = { limit: 9, after: 'a' }
    const tests = [{ column: 'usedAt', operator: 'is', value: null }] as const
    expect(make().select('clients', tests, page)).toEqual({
      sql: 'select * from "clients" where ("used_at" is null and "id" > ?) order by "id" limit ?',
      parameters: ['a', 9],
    })
  })

  it('are written once for a shape, whatever the values', () => {
    const writer = writerOf(sqliteDialect)
    const write = vi.spyOn(writer, 'updateTable')
    const statements = new Statements(writer)
    const of = (id: string, attempts: number) =>
      statements.stepOf(updateAll('throttles', { id }, { attempts })).parameters
    expect([of('a', 1), of("b'; --", 2)]).toEqual([
      [1, 'a'],
      [2, "b'; --"],
    ])
    expect(write).toHaveBeenCalledTimes(1)
  })
})
