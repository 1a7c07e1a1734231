/**
 * Node's SQLite beside the thread that answers: it has no statements that do not hold up their thread, so
 * they run in another one.
 *
 * @see {@link https://nodejs.org/api/worker_threads.html#class-worker | Worker}
 * @module
 */

import { Worker } from 'node:worker_threads'
import { existingFile } from '../existing-file.ts'
import type { SqliteAside } from './driver.ts'

/** A text, so that nobody who bundles the package has another file to carry along. */
const PROGRAM = `
'use strict'
const { parentPort, workerData } = require('node:worker_threads')
const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
const database = new DatabaseSync(workerData)
parentPort.postMessage({})
parentPort.on('message', (sql) => {
  if (sql === undefined) {
    database.close()
    parentPort.close()
    return
  }
  try {
    database.exec(sql)
    parentPort.postMessage({})
  } catch (error) {
    parentPort.postMessage({ failed: String(error) })
  }
})
`

/** What the thread answers to each statement, and once when the file is open. */
interface Answer {
  readonly failed?: string
}

/** A statement that is under way. */
interface Asked {
  resolve(): void
  reject(error: unknown): void
}

/**
 * Opens a file in a thread of its own, which keeps the process alive only while somebody waits for it.
 *
 * @throws if the file is not there or cannot be opened.
 */
export async function openBeside(path: string): Promise<SqliteAside> {
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: existingFile(path),
    // Neither secrets nor what the process was told to load.
    env: {},
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 },
  })
  /** In the order in which they will be answered. */
  const asked: Asked[] = []
  let ended: Error | undefined
  const end = (error: Error) => {
    ended ??= error
    for (const { reject } of asked.splice(0)) reject(ended)
  }
  worker.on('message', ({ failed }: Answer) => {
    const first = asked.shift()
    if (asked.length === 0) worker.unref()
    if (failed === undefined) first?.resolve()
    else first?.reject(new Error(failed))
  })
  worker.on('error', end)
  worker.on('exit', () => end(new Error('The thread beside has ended.')))

  const answer = () =>
    new Promise<void>((resolve, reject) => {
      if (ended !== undefined) return reject(ended)
      worker.ref()
      asked.push({ resolve, reject })
    })
  await answer()
  return {
    exec(sql) {
      const done = answer()
      worker.postMessage(sql)
      return done
    },
    async close() {
      if (ended !== undefined) return
      const gone = new Promise((resolve) => worker.once('exit', resolve))
      worker.ref()
      worker.postMessage(undefined)
      await gone
    },
  }
}
