/** Several processes on one store, each with memory and connections of its own. */

import { type ChildProcess, fork } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore } from 'warder/store'
import { compiled } from './support/compiled.ts'
import { onServers } from './support/servers.ts'
import { testStoreUrl } from './support/test-store.ts'

/**
 * Opens the store and, when told to start, tries 25 times at once to make and to use a thing, and
 * makes 25 things of its own.
 */
const contender = `
  import { insert, openStore, update } from './store/index.js'
  const store = await openStore(process.argv[2], { busyTimeout: 20_000, statementTimeout: 20_000 })
  process.once('message', async () => {
    const wins = async (attempt) =>
      (await Promise.all(Array.from({ length: 25 }, attempt))).filter(Boolean).length
    const made = await wins(() => store.write([insert('facts', { id: 'k', value: 'unused' })]))
    const use = update('facts', { id: 'k', value: 'unused' }, { value: String(process.pid) })
    const own = (_, at) => store.write([insert('facts', { id: process.pid + '-' + at, value: 'own' })])
    const [used, kept] = await Promise.all([wins(() => store.write([use])), wins(own)])
    const found = await store.find('facts', { id: 'k' })
    await store.close()
    process.send({ made, used, kept, pid: process.pid, winner: found?.value })
    process.disconnect()
  })
  process.send('ready')
`

let built = ''

beforeAll(async () => {
  built = await compiled('src/store/index.ts')
  await writeFile(join(built, 'contender.js'), contender)
}, 60_000)
afterAll(() => rm(built, { recursive: true }))

const answer = (child: ChildProcess) =>
  new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`A process ended early with ${code}.`)))
  })

/** Lets four processes contend, and gives what each of them says. */
async function contend(url: string): Promise<readonly Record<string, number | string>[]> {
  const children = Array.from({ length: 4 }, () => fork(join(built, 'contender.js'), [url]))
  try {
    expect(await Promise.all(children.map(answer))).toEqual(Array(4).fill('ready'))
    const outcomes = children.map(answer)
    for (const child of children) child.send('start')
    return (await Promise.all(outcomes)) as Record<string, number | string>[]
  } finally {
    for (const child of children) child.kill()
  }
}

describe.each(onServers ? ['sqlite', 'postgres'] : ['sqlite'])(
  'Several processes on one %s',
  (kind) => {
    it('SD-01 4 of 25 attempts each: one makes a thing, one uses it, none loses its own', async () => {
      const url = await testStoreUrl(kind)
      const results = await contend(url)
      const total = (key: string) => results.reduce((sum, result) => sum + Number(result[key]), 0)
      expect({ made: total('made'), used: total('used') }).toEqual({ made: 1, used: 1 })
      const winner = results.find(({ used }) => used === 1)?.pid
      expect(results.map((result) => result.winner)).toEqual(Array(4).fill(String(winner)))
      const store = await openStore(url)
      expect(await store.list('facts', { value: 'own' }, { limit: 200 })).toHaveLength(100)
      await store.close()
      expect(total('kept')).toBe(100)
    }, 30_000)
  },
)
