import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { sqliteStore } from './sqlite.ts'
import { insert } from './store.ts'

const PROGRAM = `
  const database = new (require('libsql'))(process.argv[1])
  console.log(JSON.stringify(database.prepare('select id from facts order by id').all()))
  database.close()`

/** What another process finds that opens the file, looks, and goes. */
const visit = (path: string): unknown =>
  JSON.parse(execFileSync(process.execPath, ['-e', PROGRAM, path], { encoding: 'utf8' }))

it('others see what is written after this process opened the file twice and another has left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-sqlite-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'warder.db')
  const first = await sqliteStore(path, { driver: 'libsql' })
  const second = await sqliteStore(path, { driver: 'libsql' })
  await first.write([insert('facts', { id: 'before', value: '' })])
  visit(path)
  await first.write([insert('facts', { id: 'later', value: '' })])
  expect(visit(path)).toEqual([{ id: 'before' }, { id: 'later' }])
  await first.close()
  await second.close()
})
