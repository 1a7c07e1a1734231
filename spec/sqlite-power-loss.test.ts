/**
 * What is left of a SQLite file when the power goes in the middle of a write.
 *
 * A killed process proves nothing here, because the system still has what it wrote. So the file and
 * its log are copied, and the log is damaged at and beside the end of each of its frames.
 *
 * @see {@link https://www.sqlite.org/fileformat2.html#the_write_ahead_log | The format of the log}
 */

import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Libsql from 'libsql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insert, type SqliteDriverName, type Store, sqliteStore, update } from 'warder/store'

const drivers: SqliteDriverName[] = ['libsql']
if (process.getBuiltinModule('node:sqlite') !== undefined) drivers.push('node:sqlite')

let directory = ''
let files = 0
const newFile = () => join(directory, `${++files}.db`)

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warder-power-'))
})
afterAll(() => rm(directory, { recursive: true }))

const GROUPS = 6
const GROUP = 5

const name = (at: number) => String(at).padStart(3, '0')

/** A write of two rows that must not be parted, and one that misses at its end. */
const pair = (store: Store, at: number) =>
  store.write([
    insert('facts', { id: name(at), value: 'x'.repeat(600) }),
    insert('revocations', { id: name(at), revokedAt: at, expiresAt: at }),
  ])
const miss = (store: Store, at: number) =>
  store.write([
    insert('facts', { id: `missed ${at}`, value: '' }),
    update('facts', { id: 'nobody' }, { value: '' }),
  ])

/** What a store had on the disk, and how long its log was when each write was acknowledged. */
interface Recording {
  readonly file: string
  readonly log: Buffer
  /** A log that the same file had before. Its frames may stand behind those of the later one. */
  readonly older: Buffer
  readonly acknowledged: readonly number[]
}

/** Writes in groups, and copies file and log while they are in use. */
async function record(driver: SqliteDriverName): Promise<Recording> {
  const used = newFile()
  const before = await sqliteStore(used, { driver })
  for (let at = 0; at < 40; at++)
    await before.write([insert('facts', { id: `older ${at}`, value: '' })])
  const older = await readFile(`${used}-wal`)
  await before.close()

  const file = newFile()
  await copyFile(used, file)
  const store = await sqliteStore(used, { driver })
  const acknowledged: number[] = []
  for (let group = 0; group < GROUPS; group++) {
    const first = group * GROUP
    const writes = Array.from({ length: GROUP }, (_, at) => pair(store, first + at))
    expect(await Promise.all([miss(store, group), ...writes])).toEqual([
      false,
      ...writes.map(() => true),
    ])
    const { size } = await stat(`${used}-wal`)
    acknowledged.push(...writes.map(() => size))
  }
  const log = await readFile(`${used}-wal`)
  await store.close()
  return { file, log, older, acknowledged }
}

/** What reached the disk: the log up to somewhere at the end of a frame, and what stands behind. */
interface Damage {
  /** Bytes from the end of each frame to the cut. */
  readonly beside: readonly number[]
  tail(recording: Recording, cut: number): Buffer
}

const damages: Readonly<Record<string, Damage>> = {
  nothing: { beside: [-1, 0, 24], tail: () => Buffer.alloc(0) },
  zeroes: { beside: [24 + 512], tail: ({ log }, cut) => Buffer.alloc(log.length - cut) },
  'what the log held before': { beside: [0], tail: ({ older }, cut) => older.subarray(cut) },
}

/** Where the header of the log ends, and each of its frames. */
function endsOf(log: Buffer): readonly number[] {
  const frame = 24 + log.readUInt32BE(8)
  return Array.from({ length: (log.length - 32) / frame + 1 }, (_, at) => 32 + at * frame)
}

describe.each(drivers)('A power cut under the SQLite store by %s', (driver) => {
  let recording: Recording
  beforeAll(async () => {
    recording = await record(driver)
  })

  it.each(Object.entries(damages))(
    'SD-08 leaves every acknowledged write and no part of another, with %s behind it',
    async (_, { beside, tail }) => {
      const { log, acknowledged } = recording
      const cuts = endsOf(log).flatMap((end) => beside.map((bytes) => end + bytes))
      for (const cut of cuts.filter((cut) => cut <= log.length)) {
        const file = newFile()
        await copyFile(recording.file, file)
        await writeFile(`${file}-wal`, Buffer.concat([log.subarray(0, cut), tail(recording, cut)]))
        const left = acknowledged.filter((size) => size <= cut).map((_, at) => name(at))
        expect({ cut, ...(await contents(file, driver)) }).toEqual({
          ...{ cut, facts: left, revocations: left, integrity: 'ok' },
        })
      }
    },
    30_000,
  )
})

/** What a file is found to hold after the power is back, and whether it can be written. */
async function contents(file: string, driver: SqliteDriverName) {
  const store = await sqliteStore(file, { driver, synchronous: 'normal' })
  const facts = await store.list('facts', {}, { limit: 1000 })
  const revocations = await store.list('revocations', {}, { limit: 1000 })
  expect(await pair(store, 999)).toBe(true)
  await store.close()
  const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id)
  return {
    facts: ids(facts).filter((id) => !id.startsWith('older')),
    revocations: ids(revocations),
    integrity: integrityOf(file),
  }
}

function integrityOf(file: string): unknown {
  const database = new Libsql(file)
  try {
    return JSON.parse(JSON.stringify(database.prepare('pragma integrity_check').all()))[0]
      .integrity_check
  } finally {
    database.close()
  }
}
