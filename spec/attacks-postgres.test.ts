/**
 * Attacks and accidents at the PostgreSQL store. What every store must withstand is in the store
 * contract, under the same ids.
 */

import { inspect } from 'node:util'
import { Client } from 'pg'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { insert, removeAll, type Store, update, updateAll } from 'warder/store'
import { fakePlatform } from 'warder/testing'
import { eventMaker, type WarderEvent } from '../src/events.ts'
import {
  fact,
  freshSchema,
  isUnavailable,
  openPostgres,
  query,
  sharedPostgres,
} from './support/postgres.ts'
import { Relay } from './support/relay.ts'

afterEach(() => void vi.restoreAllMocks())

/** Everything that is sent to a server. */
const sent = () => {
  const spy = vi.spyOn(Client.prototype, 'query')
  return () => spy.mock.calls.map(([config]) => config as unknown as string | { text: string })
}

/** A trigger on the facts that does something whenever one is added. */
const trigger = (body: string) => `
  create function act() returns trigger language plpgsql as $$ begin ${body}; return new; end $$;
  create trigger act before insert on facts for each row execute function act()`

/** A session of somebody else, in a transaction that has done something. */
async function inTheWay(url: string, sql: string): Promise<Client> {
  const client = new Client(url)
  await client.connect()
  await client.query('begin')
  await client.query(sql)
  return client
}

describe('The PostgreSQL store', () => {
  it('SD-01 has one winner among several stores on one database', async () => {
    const url = await freshSchema()
    const stores = await Promise.all(Array.from({ length: 4 }, () => openPostgres(url)))
    await stores[0]?.write([fact('code', 'unused')])
    const use = update('facts', { id: 'code', value: 'unused' }, { value: 'used' })
    const attempts = stores.flatMap((store) => Array.from({ length: 25 }, () => store.write([use])))
    expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1)
  })

  it('SD-09 leaves nothing in a session that a PgBouncer hands on, if told of one', async () => {
    const query = vi.spyOn(Client.prototype, 'query')
    const ask = async (url: string) => {
      const store = await openPostgres(url, { pool: 1, statementTimeout: 1234 })
      await store.write([fact('a')])
      await store.find('facts', { id: 'a' })
      const session = query.mock.contexts.at(-1) as Client
      const prepared = await session.query(
        'select count(*)::int as count from pg_prepared_statements',
      )
      const timeout = await session.query('show statement_timeout')
      return { prepared: prepared.rows[0].count > 0, timeout: timeout.rows[0].statement_timeout }
    }
    const url = await freshSchema()
    expect(await ask(url)).toEqual({ prepared: true, timeout: '1234ms' })
    expect(await ask(`${url}&pgbouncer=true`)).toEqual({ prepared: false, timeout: '0' })
  })

  it('SD-10 builds no statement from input', async () => {
    const store = await openPostgres(await freshSchema())
    const statements = sent()
    const marked = (text: string) => `${text}' MARK; drop table facts; --`
    await store.write([fact(marked('a'), marked('b')), fact('count', '1')])
    await store.write([update('facts', { id: marked('a') }, { value: marked('c') })])
    const page = { limit: 7351, after: marked('A') }
    expect(await store.list('facts', { value: marked('c') }, page)).toHaveLength(1)
    await store.write([removeAll('facts', { id: marked('a') })])
    await store.sweep(735_173_517, 7351)
    const texts = statements().map((each) => (typeof each === 'string' ? each : each.text))
    expect(texts.length).toBeGreaterThan(5)
    expect(texts.filter((text) => /MARK|7351/.test(text))).toEqual([])
  })

  it('writes a change and its event in one journey', async () => {
    const store = await openPostgres(await freshSchema())
    const statements = sent()
    await store.write([fact('a'), insert('revocations', { id: 'r', revokedAt: 1, expiresAt: 2 })])
    expect(statements()).toHaveLength(1)
  })

  it('sorts by bytes, whatever the collation of the database', async () => {
    const url = await freshSchema()
    await openPostgres(url)
    const columns = await query(
      url,
      `select distinct data_type, collation_name from information_schema.columns
       where table_schema = current_schema order by 1`,
    )
    expect(columns).toEqual([
      { data_type: 'bigint', collation_name: null },
      { data_type: 'text', collation_name: 'C' },
    ])
  })

  it('SD-12 sweeps no more than its limit, though the table was empty when it was last analysed', async () => {
    const url = await freshSchema()
    const store = await openPostgres(url)
    const rows = ['a', 'b', 'c'].map((id) => insert('replays', { id, expiresAt: 1 }))
    await store.write(rows)
    expect(await store.sweep(1, 3)).toBe(3)
    await query(url, 'analyze replays')
    await store.write(rows)
    expect(await store.sweep(1, 2)).toBe(2)
    expect(await store.sweep(1, 2)).toBe(1)
  })

  it('refuses a number that would not be read as it was written', async () => {
    const url = await freshSchema()
    const store = await openPostgres(url)
    await query(url, "insert into throttles values ('k', 9007199254740993, 0, 0)")
    await expect(store.find('throttles', { id: 'k' })).rejects.toThrow(RangeError)
    expect(await store.find('throttles', { id: 'other' })).toBeUndefined()
  })

  it('says nothing of a row that the database refuses, in any part of the error', async () => {
    const url = await freshSchema()
    const store = await openPostgres(url)
    await query(url, 'alter table facts add constraint short check (length(value) < 10)')
    const attempt = store.write([fact('k', 'a secret hash, too long')])
    const error = await attempt.catch((each: unknown) => each)
    expect(inspect(error, { depth: 9 })).toContain('short')
    expect(inspect(error, { depth: 9 })).not.toContain('secret hash')
  })

  it('FT-40 goes on while a newer release adds a column to what it has prepared', async () => {
    const url = await freshSchema()
    const store = await openPostgres(url, { pool: 2 })
    await store.write([fact('a', '1')])
    for (const column of ['one', 'two', 'three']) {
      await Promise.all([1, 2, 3].map(() => store.find('facts', { id: 'a' })))
      await query(url, `alter table facts add column ${column} bigint default 1`)
      const found = await Promise.all([1, 2, 3].map(() => store.find('facts', { id: 'a' })))
      expect(found).toEqual(Array(3).fill({ id: 'a', value: '1' }))
      expect(await store.write([fact(column)])).toBe(true)
    }
  })

  it('SD-12 rests after each statement of a gentle sweep, and of no other', async () => {
    const store = await openPostgres(await freshSchema())
    await store.write(
      Array.from({ length: 160 }, (_, i) =>
        insert('revocations', { id: `${i}`, revokedAt: 0, expiresAt: 1 }),
      ),
    )
    /** How often a timer was set while it swept. */
    const timersOf = async (gently: boolean) => {
      const timer = vi.spyOn(globalThis, 'setTimeout')
      expect(await store.sweep(1, 80, { gently })).toBe(80)
      const { length } = timer.mock.calls
      timer.mockRestore()
      return length
    }
    const without = await timersOf(false)
    // Fifty rows go at once.
    expect(await timersOf(true)).toBe(without + 2)
  })
})

describe('The events in PostgreSQL', () => {
  const DAY = 86_400_000
  const start = Date.UTC(2026, 0, 1)
  const event = (id: string, expiresAt: number) => {
    const at = start
    const recorded: WarderEvent = { ...eventMaker(fakePlatform(at), id)('token.rotated'), id }
    const { type, correlationId } = recorded
    return insert('events', {
      ...{ id, at, type, correlationId, expiresAt },
      ...{ event: recorded, stream: null, mac: null },
    })
  }
  const parts = async (url: string) => {
    const found = await query(
      url,
      `select c.relname as name, (select count(*) from events e where e.tableoid = c.oid)::int as rows
       from pg_inherits join pg_class c on c.oid = inhrelid
       where inhparent = 'events'::regclass order by 1`,
    )
    return Object.fromEntries(found.map(({ name, rows }) => [name, rows]))
  }
  const ids = async (store: Store) =>
    (await store.list('events', {}, { limit: 99 })).map(({ id }) => id)

  it('SD-12 are dropped by the day, once the first days have been deleted row by row', async () => {
    const url = await freshSchema()
    const store = await openPostgres(url)
    await store.write([event('a', start + 3 * DAY)])
    expect(await parts(url)).toEqual({ events_rest: 1 })

    // The day that has rows already stays with the rest; parts are made around it.
    expect(await store.sweep(start, 10)).toBe(0)
    await store.write([event('b', start + 4 * DAY), event('c', start + 4 * DAY + 1)])
    expect(await parts(url)).toEqual({
      events_20260102_20260103: 0,
      events_20260103_20260104: 0,
      events_20260105_20260106: 2,
      events_20260106_20260107: 0,
      events_rest: 1,
    })
    expect(await store.sweep(start + 3 * DAY, 10)).toBe(1)
    expect(await ids(store)).toEqual(['b', 'c'])

    // Both are over, but the day is not. Then it goes, and nothing is deleted.
    expect(await store.sweep(start + 5 * DAY - 1, 10)).toBe(0)
    expect(await ids(store)).toEqual(['b', 'c'])
    await store.sweep(start + 5 * DAY, 10)
    expect(await ids(store)).toEqual([])
    expect(Object.keys(await parts(url))).not.toContain('events_20260105_20260106')
  })

  it('have few parts, however long they are kept', async () => {
    const url = await freshSchema()
    const store = await openPostgres(url)
    await store.write([event('a', start + 3660 * DAY), event('broken', Number.MAX_SAFE_INTEGER)])
    await store.sweep(start, 10)
    const names = Object.keys(await parts(url))
    expect(names.length).toBeGreaterThan(100)
    expect(names.length).toBeLessThan(130)
  })

  it('keep their parts apart when several sweep at once, and while others write', async () => {
    const url = await freshSchema()
    const stores = await Promise.all([openPostgres(url), openPostgres(url), openPostgres(url)])
    await stores[0]?.write([event('first', start + 30 * DAY)])
    const outcomes = await Promise.all(
      stores.flatMap((store, at) => [
        store.sweep(start, 10),
        ...Array.from({ length: 20 }, (_, n) =>
          store.write([event(`${at}-${n}`, start + (30 + at) * DAY)]),
        ),
      ]),
    )
    expect(outcomes.filter((outcome) => outcome === true)).toHaveLength(60)
    expect(await stores[0]?.list('events', {}, { limit: 99 })).toHaveLength(61)
    await Promise.all(stores.map((store) => store.sweep(start + 40 * DAY, 99)))
    expect(await stores[0]?.list('events', {}, { limit: 99 })).toEqual([])
  })

  it('are taken once under an id that is written again', async () => {
    const store = await openPostgres(await freshSchema())
    expect(await store.write([event('a', start + DAY)])).toBe(true)
    expect(await store.write([event('a', start + DAY)])).toBe(false)
    expect(await ids(store)).toEqual(['a'])
  })
})

describe('A PostgreSQL that is slow or in the way', () => {
  it('FT-18 turns away at once who finds the queue full, and the others after a while', async () => {
    const url = await freshSchema()
    const store = await openPostgres(url, { pool: 2, queue: 3, busyTimeout: 300 })
    await Promise.all([store.write([fact('a')]), store.write([fact('b')])])
    const other = await inTheWay(url, 'lock table facts')
    const outcomes: string[] = []
    const attempts = Array.from({ length: 10 }, (_, at) =>
      store.write([fact(`locked ${at}`)]).catch((error: { detail: string }) => {
        outcomes.push(error.detail)
      }),
    )
    await new Promise((resolve) => setImmediate(resolve))
    expect(outcomes).toEqual(Array(5).fill('too many wait for a connection'))
    await Promise.all(attempts)
    expect(outcomes).toHaveLength(10)
    await other.end()
    expect(await store.write([fact('after')])).toBe(true)
    expect(await store.list('facts', {}, { limit: 99 })).toHaveLength(3)
  })

  it('FT-18 cancels what takes too long, and nothing of it stays', async () => {
    const url = await freshSchema()
    const store = await openPostgres(url, { statementTimeout: 100 })
    await query(url, trigger("perform pg_sleep(60 * (new.id = 'slow')::int)"))
    await expect(store.write([fact('quick'), fact('slow')])).rejects.toMatchObject(isUnavailable)
    expect(await store.list('facts', {}, { limit: 9 })).toEqual([])
    expect(await store.write([fact('quick')])).toBe(true)
  })

  /** Counts attempts, which no rollback takes back, and fails the first of them. */
  const failing = (times: number, code: string) =>
    `create sequence attempts; ${trigger(
      `if nextval('attempts') <= ${times} then raise exception 'again' using errcode = '${code}'; end if`,
    )}`
  const attempts = async (url: string) =>
    Number((await query(url, 'select last_value from attempts'))[0]?.last_value)

  it.each(['40001', '40P01'])(
    'tries three times more after %s, then is unavailable',
    async (code) => {
      const url = await freshSchema()
      const store = await openPostgres(url)
      await query(url, failing(4, code))
      await expect(store.write([fact('a')])).rejects.toMatchObject(isUnavailable)
      expect(await attempts(url)).toBe(4)
      expect(await store.write([fact('a')])).toBe(true)
    },
  )

  it('waits by chance before it tries again, and succeeds without a word', async () => {
    const url = await freshSchema()
    const random = vi.fn((length: number) => new Uint8Array(length).fill(7))
    const store = await openPostgres(url, { platform: { now: () => 0, random } })
    await query(url, failing(3, '40001'))
    expect(await store.write([fact('a')])).toBe(true)
    expect(random).toHaveBeenCalledTimes(3)
  })

  it('resolves a deadlock with somebody else by trying again', async () => {
    const url = await freshSchema()
    const store = await openPostgres(`${url}&application_name=entangled`)
    await store.write([fact('a'), fact('b')])
    const other = await inTheWay(url, "update facts set value = 'other' where id = 'b'")
    // It is the store that finds out.
    await other.query("set local deadlock_timeout = '60s'")
    const write = store.write([
      update('facts', { id: 'a' }, { value: 'store' }),
      update('facts', { id: 'b' }, { value: 'store' }),
    ])
    const waits = `select 1 from pg_stat_activity
      where application_name = 'entangled' and wait_event_type = 'Lock'`
    await vi.waitFor(async () => expect(await query(url, waits)).not.toEqual([]))
    await other.query("update facts set value = 'other' where id = 'a'")
    await other.query('commit')
    await other.end()
    expect(await write).toBe(true)
    const values = (await store.list('facts', {}, { limit: 9 })).map(({ value }) => value)
    expect(values).toEqual(['store', 'store'])
  })

  it('FT-08 sees what they leave for whom it had to wait: no grant outlives its account', async () => {
    const url = await freshSchema()
    const store = await openPostgres(`${url}&application_name=ending`)
    await store.write([insert('facts', { id: 'code', value: 'open' })])
    // Somebody spends a code, and adds what it gives.
    const other = await inTheWay(
      url,
      `update facts set value = 'spent' where id = 'code';
       insert into throttles (id, attempts, blocked_until, expires_at) values ('grant', 1, 0, 9000000000000)`,
    )
    const ending = store.write([
      removeAll('facts', { value: 'open' }),
      updateAll('throttles', { attempts: 1 }, { attempts: 0 }),
    ])
    const waits = `select 1 from pg_stat_activity
      where application_name = 'ending' and wait_event_type = 'Lock'`
    await vi.waitFor(async () => expect(await query(url, waits)).not.toEqual([]))
    await other.query('commit')
    await other.end()
    expect(await ending).toBe(true)
    expect((await store.find('throttles', { id: 'grant' }))?.attempts).toBe(0)
  })
})

describe('A connection to PostgreSQL that is lost', () => {
  it('FT-17 is made anew; what was acknowledged is there, and what was refused is known to be', async () => {
    const url = await freshSchema()
    const store = await openPostgres(`${url}&application_name=doomed`, { pool: 4 })
    const kill = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'doomed'`
    const acknowledged: string[] = []
    let refused = 0
    const writing = async (at: number) => {
      for (let round = 0; round < 25; round++) {
        const id = `${at}-${round}`
        const done = await store.write([fact(id)]).catch((error: Error) => {
          expect(error).toMatchObject(isUnavailable)
          refused++
        })
        if (done === true) acknowledged.push(id)
      }
    }
    const writers = Promise.all([0, 1, 2, 3, 4, 5].map(writing))
    for (let round = 0; round < 5; round++) await query(url, kill)
    await writers
    expect(acknowledged.length).toBeGreaterThan(0)
    expect(acknowledged.length + refused).toBe(150)
    const kept = new Set((await store.list('facts', {}, { limit: 999 })).map(({ id }) => id))
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
  })

  it('FT-12 leaves nobody in doubt: a write whose answer is lost has been made once', async () => {
    const url = await freshSchema()
    const direct = await openPostgres(url)
    await direct.write([fact('a', '0'), fact('b', '0')])
    const relayed = new URL(sharedPostgres().url)
    const relay = await Relay.to(Number(relayed.port))
    relayed.port = String(relay.port)
    relayed.searchParams.set('options', new URL(url).searchParams.get('options') ?? '')
    const store = await openPostgres(relayed.href)
    const change = (id: string, value: string, set: string) =>
      update('facts', { id, value }, { value: set })
    try {
      relay.swallowAnswerTo(/in one journey/)
      const atOnce = store.write([change('a', '0', 'in one journey')])
      await expect(atOnce).rejects.toMatchObject(isUnavailable)
      relay.swallowAnswerTo(/commit\0/)
      const inTurn = store.write([change('a', 'in one journey', 'several'), change('b', '0', '1')])
      await expect(inTurn).rejects.toMatchObject(isUnavailable)
      expect(await store.list('facts', {}, { limit: 9 })).toEqual([
        { id: 'a', value: 'several' },
        { id: 'b', value: '1' },
      ])
    } finally {
      relay.close()
    }
  })
})
