/** The audit log: what is recorded is there once, cannot be changed unseen, and holds nobody up. */

import { beforeEach, describe, expect, it } from 'vitest'
import { auditSettings, createJournal, verifyLog } from 'warder/journal'
import { type Change, insert, StoreUnavailable, update } from 'warder/store'
import { eventMaker, type WarderEvent } from '../src/events.ts'
import { tables } from '../src/store/tables.ts'
import { faultyStore, touches } from './support/faulty-store.ts'
import {
  erase,
  type Process,
  type Processes,
  processes,
  rowsOf,
  tamper,
  vault,
} from './support/journals.ts'

let all: Processes
let one: Process

beforeEach(async () => {
  all = await processes()
  one = all.start()
})

const ids = async () => (await rowsOf(all.store, 'events')).map(({ id }) => id)
const told = ({ told }: Process, type: string) => told.filter((event) => event.type === type)
const whole = { unsealed: 0, breaks: [] }

describe('The audit log: recording', () => {
  it('records what changes state in the transaction of the change', async () => {
    expect(await one.keep('a')).toBe(true)
    expect(await rowsOf(all.store, 'events')).toMatchObject([
      { type: 'client.registered', event: { clientId: 'a' } },
    ])
    expect(one.told.map(({ type }) => type)).toEqual(['client.registered'])
  })

  it('INV-10 records a change once, and one that did not happen not at all', async () => {
    expect(await one.keep('a')).toBe(true)
    expect(await one.keep('a')).toBe(false)
    await one.journal.flush()
    expect(await ids()).toHaveLength(1)
    expect(one.told).toHaveLength(1)
    expect(await all.verify()).toMatchObject({ ...whole, events: 1 })
  })

  it('writes nothing for what changes no state until its batch is due, then all of it at once', async () => {
    const writes: number[] = []
    const counting = faultyStore(all.store, {
      write(next, changes) {
        writes.push(changes.filter(({ table }) => table === 'events').length)
        return next()
      },
    })
    const process = all.start({}, counting)
    for (let i = 0; i < 40; i++) process.call(`t${i}`)
    await Promise.resolve()
    expect(writes).toEqual([])
    await process.wait()
    // The first of a process opens its stream.
    expect(writes).toEqual([0, 40])
    expect(await all.verify()).toMatchObject({ ...whole, events: 40, seals: 1 })
  })

  it('writes a batch as soon as it is full, and has the disk flushed for one of them a second', async () => {
    const writes: unknown[] = []
    const watched = faultyStore(all.store, {
      write(next, changes, _, outlives) {
        const rows = changes.filter(({ table }) => table === 'events').length
        if (rows > 0) writes.push([rows, outlives])
        return next()
      },
    })
    const process = all.start({}, watched)
    for (let i = 0; i < 49; i++) process.call(`t${i}`)
    expect(process.delays).toEqual([250])
    for (let i = 49; i < 120; i++) process.call(`t${i}`)
    expect(process.delays).toEqual([250, 0])
    await process.wait()
    all.platform.advance(999)
    process.call('soon after')
    await process.wait()
    all.platform.advance(1)
    process.call('later')
    await process.wait()
    expect(writes).toEqual([
      [50, 'machine'],
      [50, 'process'],
      [20, 'process'],
      [1, 'machine'],
      [1, 'process'],
    ])
    expect(await all.verify()).toMatchObject({ ...whole, events: 122, seals: 5 })
  })

  it('leaves what comes while it writes to the next batch', async () => {
    const batches: number[] = []
    const busy = faultyStore(all.store, {
      write(next, changes) {
        const rows = changes.filter(({ table }) => table === 'events').length
        if (rows > 0) batches.push(rows)
        if (batches.length < 10) process.call(`after ${batches.length}`)
        return next()
      },
    })
    const process = all.start({}, busy)
    process.call('first')
    await process.wait()
    expect(batches).toEqual([2])
    expect(process.journal.waiting).toBe(1)
    await process.wait()
    expect(batches).toEqual([2, 1])
  })

  it('tells of an event at once, whether or not it is written yet', () => {
    const called = one.call('read')
    expect(one.told).toEqual([called])
  })

  it('writes what waits when the process ends in order, and says that it ended', async () => {
    one.call('read')
    await one.keep('a')
    await one.journal.close()
    expect(await all.verify()).toMatchObject({ ...whole, events: 2, streams: 1, open: 0 })
    expect(await rowsOf(all.store, 'eventStreams')).toMatchObject([
      { closedAt: all.platform.now() },
    ])
  })

  it('leaves nothing behind where nothing was recorded', async () => {
    await one.journal.tend()
    await one.journal.close()
    expect(await rowsOf(all.store, 'eventStreams')).toEqual([])
  })

  it('keeps each event for as long as the setting says, by rows that are swept', async () => {
    const brief = all.start({ retention: 86_400 })
    brief.call('old')
    await brief.wait()
    all.platform.advance(86_400_000)
    const kept = all.start({ retention: 172_800 })
    kept.call('new')
    await kept.wait()
    await all.store.sweep(all.platform.now(), 100)
    expect(await rowsOf(all.store, 'events')).toMatchObject([{ event: { tool: 'new' } }])
    expect(await all.verify()).toMatchObject({ ...whole, events: 1 })
  })

  it('keeps so many refusals of strangers a minute, a quarter from one source, and counts the rest', async () => {
    const process = all.start({ refusals: 8 })
    const refuse = (source: string) =>
      process.journal.record({
        ...process.call('x'),
        type: 'guard.refused',
        id: `${source} ${process.told.length}`,
        source,
      })
    for (let i = 0; i < 10; i++) refuse('192.0.2.1')
    for (let i = 0; i < 10; i++) refuse(`198.51.100.${i}`)
    await process.wait()
    const kept = (await rowsOf(all.store, 'events')).filter(({ type }) => type === 'guard.refused')
    expect(kept.filter(({ event }) => event.source === '192.0.2.1')).toHaveLength(2)
    expect(kept).toHaveLength(8)
    all.platform.advance(60_000)
    await process.journal.tend()
    expect(told(process, 'journal.dropped')).toMatchObject([
      { reason: 'guard.refused: more refusals than are kept a minute', count: 12 },
    ])
    refuse('192.0.2.1')
    await process.wait()
    expect(await rowsOf(all.store, 'events')).toHaveLength(8 + 1 + 21 + 1)
  })
})

describe('The audit log: when it cannot be written', () => {
  let isDown: boolean
  let process: Process
  const start = (settings: object) => {
    isDown = false
    const store = faultyStore(all.store, {
      async write(next) {
        if (isDown) throw new StoreUnavailable({ detail: 'away' })
        return next()
      },
    })
    return all.start({ queue: 100, ...settings }, store)
  }

  it('FT-45 goes on by default, writes what waited when it can, and counts what found no room', async () => {
    process = start({})
    process.call('before')
    await process.wait()
    isDown = true
    for (let i = 0; i < 150; i++) process.call(`t${i}`)
    await process.wait()
    expect(process.journal.isRefusing()).toBe(false)
    expect(process.warnings).toHaveLength(1)
    isDown = false
    await process.wait()
    expect(await all.verify()).toMatchObject({ ...whole, events: 101 })
    all.platform.advance(60_000)
    await process.journal.tend()
    const dropped = { count: 50, reason: 'tool.called: no room in the queue' }
    expect(told(process, 'journal.dropped')).toMatchObject([dropped])
    expect((await rowsOf(all.store, 'events')).at(-1)?.event).toMatchObject(dropped)
  })

  it('FT-45 asks for requests to be refused if told to block, and drops nothing of what was let in', async () => {
    process = start({ whenDown: 'block' })
    expect(process.journal.isRefusing()).toBe(false)
    isDown = true
    process.call('under way')
    await process.wait()
    expect(process.journal.isRefusing()).toBe(true)
    for (let i = 0; i < 150; i++) process.call(`t${i}`)
    isDown = false
    await process.wait()
    expect(process.journal.isRefusing()).toBe(false)
    expect(await all.verify()).toMatchObject({ ...whole, events: 151 })
  })

  it('FT-45 blocks before anything failed once the queue is full', () => {
    process = start({ whenDown: 'block' })
    for (let i = 0; i < 99; i++) process.call(`t${i}`)
    expect(process.journal.isRefusing()).toBe(false)
    process.call('one more')
    expect(process.journal.isRefusing()).toBe(true)
  })

  it('INV-10 a batch whose answer was lost is not written twice', async () => {
    let isLost = true
    const store = faultyStore(all.store, {
      async write(next, changes) {
        const written = await next()
        if (touches(changes, 'eventSeals') && isLost) {
          isLost = false
          throw new StoreUnavailable({ detail: 'the answer was lost' })
        }
        return written
      },
    })
    process = all.start({}, store)
    process.call('read')
    await process.wait()
    process.call('write')
    await process.wait()
    expect(await all.verify()).toMatchObject({ ...whole, events: 2, seals: 2 })
  })

  it.each([
    ['happened', true],
    ['did not happen', false],
  ])('INV-10 a change whose answer was lost is recorded as it went: it %s', async (_, happens) => {
    let isLost = true
    const store = faultyStore(all.store, {
      async write(next, changes) {
        if (!touches(changes, 'facts') || !isLost) return next()
        isLost = false
        if (happens) await next()
        throw new StoreUnavailable({ detail: 'the answer was lost' })
      },
    })
    process = all.start({}, store)
    await expect(process.keep('a')).rejects.toThrow(StoreUnavailable)
    await process.wait()
    expect(await all.verify()).toMatchObject({ ...whole, events: happens ? 1 : 0 })
    expect(process.told).toHaveLength(happens ? 1 : 0)
  })
})

describe('The audit log: what it will not be held up by', () => {
  it('a fault of ours in a batch: the batch is counted, and the log goes on in a new stream', async () => {
    let isFaulty = false
    const store = faultyStore(all.store, {
      async write(next) {
        if (isFaulty) throw new TypeError('a fault')
        return next()
      },
    })
    const process = all.start({}, store)
    process.call('before')
    await process.wait()
    isFaulty = true
    await expect(process.keep('a')).rejects.toThrow('a fault')
    process.call('lost')
    await process.wait()
    expect(process.warnings).toEqual(['The audit log cannot be written: TypeError: a fault'])
    isFaulty = false
    process.call('after')
    await process.wait()
    all.platform.advance(60_000)
    await process.journal.tend()
    expect(told(process, 'journal.dropped')).toMatchObject([
      { reason: 'tool.called: a fault', count: 1 },
    ])
    expect(await all.verify()).toMatchObject({ ...whole, events: 3, streams: 2 })
  })

  it('a change whose answer was lost while a batch is being written', async () => {
    let lose = false
    const store = faultyStore(all.store, {
      async write(next, changes) {
        if (touches(changes, 'eventSeals') && !lose) {
          lose = true
          await process.keep('a').catch(() => {})
        }
        const written = await next()
        if (touches(changes, 'facts')) throw new StoreUnavailable({ detail: 'lost' })
        return written
      },
    })
    const process: Process = all.start({}, store)
    process.call('read')
    await process.wait()
    await process.wait()
    expect(await all.verify()).toMatchObject({ ...whole, events: 2 })
  })

  it('the key, which comes after the first things have happened', async () => {
    const { store: raw, platform } = all
    const late: WarderEvent[] = []
    const journal = createJournal({
      ...{ platform, timers: { after: () => () => {} }, upkeep: false },
      settings: auditSettings.parse({}),
      onEvent: (event) => void late.push(event),
      onWarning: () => {},
    })
    const event = eventMaker(platform, 'start')
    journal.record(event('secret.used', { reason: 'unwrapping' }))
    const store = journal.attach(raw)
    await store.write([insert('facts', { id: 'keys', value: '' })], [event('datakey.created')])
    await journal.flush()
    expect(await rowsOf(raw, 'events')).toEqual([])
    journal.unlock(vault)
    await journal.close()
    expect((await rowsOf(raw, 'events')).map(({ type }) => type)).toEqual(
      late.map(({ type }) => type),
    )
    expect(await all.verify()).toMatchObject({ ...whole, events: 2, open: 0 })
  })
})

describe('The audit log: what it says', () => {
  it('UI-08 has nothing in it that looks like a secret, in the store or told', async () => {
    const secret = `eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.${'c2lnbmF0dXJl'.repeat(3)}`
    const event = eventMaker(all.platform, 'flow')
    one.journal.record(event('guard.refused', { reason: `sent ${secret}`, tool: secret }))
    await one.store.write([], [event('login.failed', { userAgent: `Bearer ${secret}` })])
    await one.wait()
    const kept = await rowsOf(all.store, 'events')
    expect(kept).toHaveLength(2)
    expect(JSON.stringify([kept, one.told])).not.toContain(secret)
    expect(one.told[0]?.reason).toMatch(/^sent \[redacted:jwt:/)
    expect(await all.verify()).toMatchObject(whole)
  })

  it('UI-07 is no longer than an event may be, whoever wrote it', async () => {
    const event = eventMaker(all.platform, 'flow')
    one.journal.record(event('tool.refused', { tool: 'x'.repeat(1_000_000), reason: '\r\n\u0000' }))
    await one.wait()
    const [row] = await rowsOf(all.store, 'events')
    expect(row?.event).toMatchObject({ tool: 'x'.repeat(2_000), reason: '\r\n\u0000' })
    expect(await all.verify()).toMatchObject(whole)
  })
})

describe('The audit log: a process that is killed', () => {
  it('has its unsealed events listed, until another process finds it dead and seals them', async () => {
    one.call('sealed')
    await one.wait()
    await one.keep('a')
    await one.keep('b')
    // Killed: nothing is flushed. Until then another process may think that it lives.
    const other = all.start()
    await other.journal.tend()
    expect(await all.verify()).toMatchObject({ unsealed: 2, breaks: [], events: 3 })
    all.platform.advance(301_000)
    await other.journal.tend()
    expect(told(other, 'journal.adopted')).toMatchObject([{ count: 2 }])
    expect(await all.verify()).toMatchObject({ ...whole, events: 4 })
    await other.journal.tend()
    expect(told(other, 'journal.adopted')).toHaveLength(1)
  })

  it('is found by the next process even if it never sealed anything', async () => {
    await one.keep('a')
    all.platform.advance(86_400_000)
    const next = all.start()
    await next.journal.tend()
    expect(await all.verify()).toMatchObject({ ...whole, events: 2 })
  })

  it('may turn out to be alive: nothing is lost, and nothing breaks', async () => {
    await one.keep('a')
    all.platform.advance(600_000)
    await all.start().journal.tend()
    await one.keep('b')
    await one.wait()
    one.call('still here')
    await one.journal.close()
    expect(await all.verify()).toMatchObject({ ...whole, events: 4 })
  })

  it('does not have a forged event sealed for it', async () => {
    await one.keep('a')
    const [row] = await rowsOf(all.store, 'events')
    if (row === undefined) throw new Error('No event.')
    await all.store.write([insert('events', { ...row, id: `${row.id}x` })])
    all.platform.advance(600_000)
    await all.start().journal.tend()
    expect((await all.verify()).breaks).toMatchObject([{ id: `${row.id}x` }])
  })
})

describe('The audit log: tampering is seen', () => {
  let second: Process
  /** Two processes that have each sealed three events, in batches of one or two. */
  beforeEach(async () => {
    second = all.start()
    for (const process of [one, second]) {
      process.call('first')
      await process.wait()
      await process.keep(`fact of ${process === one ? 'one' : 'second'}`)
      process.call('second')
      await process.wait()
    }
    expect(await all.verify()).toMatchObject({ ...whole, events: 6, seals: 4, streams: 2 })
  })

  const events = () => rowsOf(all.store, 'events')
  const seals = () => rowsOf(all.store, 'eventSeals')
  const at = <T>(rows: readonly T[], index: number): T => {
    const row = rows.at(index)
    if (row === undefined) throw new Error('No such row.')
    return row
  }

  it.each([
    ['what is said', { event: { clientId: 'mallory' } }],
    ['when', { at: 1 }],
    ['the type', { type: 'login.succeeded' }],
    ['the flow', { correlationId: 'another' }],
    ['the end', { expiresAt: 1 }],
    ['the stream', { stream: 'another' }],
    ['the keyed hash', { mac: 'A'.repeat(43) }],
    ['the keyed hash, away', { mac: null, stream: null }],
  ])('a field was changed: %s', async (_, set) => {
    const row = at(await events(), 1)
    const whatever = 'event' in set ? { event: { ...row.event, ...set.event } } : set
    await tamper(all.store, row.id, whatever)
    expect((await all.verify()).breaks).toMatchObject([{ id: row.id }])
  })

  it('any one cell of any one row was changed', async () => {
    const other = { text: 'another', integer: 7, json: { other: 1 } }
    for (const table of ['events', 'eventSeals'] as const) {
      for (const row of await rowsOf(all.store, table)) {
        for (const [column, kind] of Object.entries(tables[table].columns)) {
          if (column === 'id') continue
          const plain = kind.startsWith('text') ? 'text' : kind === 'json' ? 'json' : 'integer'
          const before = { [column]: Reflect.get(row, column) }
          const seal = { first: 0, previous: null, events: [], others: [], closing: true }
          const value = column === 'seal' ? seal : other[plain]
          const change = (set: object) =>
            all.store.write([{ verb: 'update', table, where: { id: row.id }, set } as Change])
          expect(await change({ [column]: value })).toBe(true)
          expect((await all.verify()).breaks, `${table}.${column}`).toContainEqual(
            expect.objectContaining({ id: row.id }),
          )
          await change(before)
        }
      }
    }
    expect(await all.verify()).toMatchObject(whole)
  })

  it('an event was deleted, recorded with a change or in a batch', async () => {
    const rows = await events()
    for (const index of [0, 1]) {
      const row = at(rows, index)
      await erase(all.store, 'events', row.id)
      expect((await all.verify()).breaks).toMatchObject(
        rows.slice(0, index + 1).map(({ id, stream }, sequence) => ({
          what: 'an event is missing',
          ...{ id, stream, sequence },
        })),
      )
    }
  })

  it('two events changed places', async () => {
    const [a, b] = [at(await events(), 0), at(await events(), 1)]
    await tamper(all.store, a.id, { event: b.event, at: b.at, type: b.type, mac: b.mac })
    await tamper(all.store, b.id, { event: a.event, at: a.at, type: a.type, mac: a.mac })
    expect((await all.verify()).breaks).toMatchObject([{ id: a.id }, { id: b.id }])
  })

  it('an event was invented, with a keyed hash from elsewhere or of another event', async () => {
    const row = at(await events(), 0)
    for (const [i, mac] of ['A'.repeat(43), row.mac].entries()) {
      await all.store.write([insert('events', { ...row, id: `${row.id}-${i}`, mac })])
    }
    expect((await all.verify()).breaks).toHaveLength(2)
  })

  it('an event was moved to another stream', async () => {
    const rows = await events()
    const [ours, theirs] = [at(rows, 0), at(rows, -1)]
    await tamper(all.store, ours.id, { stream: theirs.stream })
    await tamper(all.store, theirs.id, { stream: ours.stream })
    expect((await all.verify()).breaks).toMatchObject([{ id: ours.id }, { id: theirs.id }])
  })

  it('a seal was deleted from the middle, or from the beginning', async () => {
    const [first, next] = [at(await seals(), 0), at(await seals(), 1)]
    await erase(all.store, 'eventSeals', first.id)
    expect((await all.verify()).breaks).toMatchObject([
      { what: 'a seal is missing before this one', id: next.id, stream: next.stream, sequence: 1 },
    ])
  })

  it.each([
    ['its list', { seal: { first: 0, previous: null, events: [], others: [], closing: false } }],
    ['its number', { number: 7 }],
    ['its stream', { stream: 'another' }],
    ['its end', { expiresAt: 1 }],
  ])('a seal was changed: %s', async (_, set) => {
    const { id } = at(await seals(), 0)
    await all.store.write([update('eventSeals', { id }, set)])
    expect(at((await all.verify()).breaks, 0)).toMatchObject({ id })
  })

  /** Deletes the last seal of a process, and the events that it lists. */
  async function cutOff(process: Process) {
    const own = process.told.map(({ id }) => id)
    const last = at(
      (await seals()).filter(({ seal }) => seal.events.some(([id]) => own.includes(id))),
      -1,
    )
    for (const [id] of last.seal.events) await erase(all.store, 'events', id)
    await erase(all.store, 'eventSeals', last.id)
    return last
  }

  it('what was cut off is seen once the process records anything more', async () => {
    await cutOff(second)
    // The limit of what the database alone can tell.
    expect(await all.verify()).toMatchObject(whole)
    second.call('third')
    await second.wait()
    expect((await all.verify()).breaks).toMatchObject([
      { what: 'a seal is missing before this one', sequence: 3 },
    ])
  })

  it('what was cut off is seen once another process has begun since', async () => {
    const third = all.start()
    third.call('third')
    await third.wait()
    const { id } = await cutOff(second)
    expect((await all.verify()).breaks).toMatchObject([
      { what: `a seal of another stream is gone that this one points at, ${id}` },
    ])
  })

  it('what was cut off is seen by an anchor that was noted elsewhere', async () => {
    await second.journal.tend()
    const { type, anchor = '' } = at(second.told, -1)
    expect(type).toBe('journal.anchored')
    expect(await all.verify([anchor])).toMatchObject(whole)
    await cutOff(second)
    expect((await all.verify([anchor])).breaks).toMatchObject([
      { what: 'an anchor points at a seal that is gone or changed', id: anchor.split('.')[0] },
    ])
  })

  it('an anchor is told of, and is not in the log that it is to hold', async () => {
    await one.journal.tend()
    expect(one.told.at(-1)?.type).toBe('journal.anchored')
    expect((await events()).map(({ type }) => type)).not.toContain('journal.anchored')
  })

  it('a whole stream was deleted, and others point at it', async () => {
    const gone = at(await seals(), 0).stream
    for (const { id, stream } of await events())
      if (stream === gone) await erase(all.store, 'events', id)
    for (const { id, stream } of await seals())
      if (stream === gone) await erase(all.store, 'eventSeals', id)
    await erase(all.store, 'eventStreams', gone)
    expect((await all.verify()).breaks).toHaveLength(1)
  })

  it('whoever has the key too cannot write history again under an anchor', async () => {
    await one.journal.tend()
    const anchor = at(one.told, -1).anchor ?? ''
    const impostor = (await processes(all.store)).start()
    impostor.call('what did not happen')
    await impostor.wait()
    const forged = at(await events(), -1)
    const real = at(await events(), 0)
    await erase(all.store, 'events', real.id)
    await all.store.write([insert('events', { ...forged, id: real.id })])
    expect((await all.verify([anchor])).breaks).not.toEqual([])
  })

  it('is not seen where there was none: sweeping, clocks that differ, writes meanwhile', async () => {
    all.platform.advance(-60_000)
    const behind = all.start()
    await behind.keep('behind')
    await behind.wait()
    all.platform.advance(90 * 86_400_000 + 60_000 + 2)
    await all.store.sweep(all.platform.now(), 3)
    one.call('much later')
    await one.wait()
    expect(await all.verify()).toMatchObject(whole)
    await all.store.sweep(all.platform.now(), 1_000)
    expect(await all.verify()).toMatchObject(whole)
  })

  it('is told from an event that was written while the log was read', async () => {
    const reading = faultyStore(all.store, {})
    const list = reading.list
    let isFirst = true
    const store = {
      ...reading,
      list: (async (table, where, page) => {
        const rows = await list(table, where, page)
        if (table === 'events' && isFirst) {
          isFirst = false
          await one.keep('meanwhile')
          await one.wait()
        }
        return rows
      }) as typeof list,
    }
    const found = await verifyLog({ store, hashes: vault, platform: all.platform })
    expect(found.breaks).toEqual([])
  })
})
