/** One installation served by several processes: each with its own memory and its own handle. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStore, openStore } from 'warder/store'
import { anotherServer } from './another-server.ts'
import { authorizationServer, type Rig } from './authorization-server.ts'

export interface Installation {
  /** The first process, with which people sign in. */
  readonly rig: Rig
  /** All four of them. */
  readonly processes: readonly Rig[]
  close(): Promise<void>
}

/** Four servers on one store: the same object for `memory`, one file with four handles for `sqlite`. */
export async function installation(
  kind: 'memory' | 'sqlite',
  settings: unknown = {},
): Promise<Installation> {
  const directory = await mkdtemp(join(tmpdir(), 'warder-'))
  const shared = memoryStore()
  const open = () =>
    kind === 'memory' ? shared : openStore(`sqlite:${join(directory, 'warder.db')}`)
  const rig = await authorizationServer({ store: await open(), settings })
  const processes = [rig]
  while (processes.length < 4) {
    processes.push(await anotherServer(rig, { store: await open(), settings }))
  }
  return {
    rig,
    processes,
    async close() {
      await Promise.all(processes.map(({ store }) => store.close()))
      await rm(directory, { recursive: true })
    },
  }
}
