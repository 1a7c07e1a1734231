/** One installation served by several processes: each with its own memory and its own handle. */

import { memoryStore, openStore } from 'warder/store'
import { anotherServer } from './another-server.ts'
import { authorizationServer, type Rig } from './authorization-server.ts'
import { testStoreUrl } from './test-store.ts'

export interface Installation {
  /** The first process, with which people sign in. */
  readonly rig: Rig
  /** All four of them. */
  readonly processes: readonly Rig[]
  close(): Promise<void>
}

/** Four servers on one store: the same object for `memory`, a handle each for the others. */
export async function installation(kind: string, settings: unknown = {}): Promise<Installation> {
  const url = await testStoreUrl(kind)
  const shared = memoryStore()
  const open = () => (kind === 'memory' ? shared : openStore(url))
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
    },
  }
}
