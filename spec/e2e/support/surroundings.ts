/**
 * What most of the tests with foreign clients share: a running Warder, a server of each kind behind
 * it, a host of client metadata documents, and Alice.
 */

import { expect } from 'vitest'
import { type DocumentHost, startDocumentHost } from './documents.ts'
import { everythingMount, Installation, type Person } from './installation.ts'
import type { GuardedServer } from './journey.ts'
import { startEverythingUpstream, startUpstream, upstreamMount } from './upstream.ts'

export interface Surroundings {
  readonly installation: Installation
  readonly documents: DocumentHost
  readonly alice: Person
}

/**
 * The guarded servers: a program of the earlier era, the same on the network with sessions of its
 * own, and one on the network that speaks both eras.
 */
export function guardedServers({ installation }: Surroundings) {
  const { issuer } = installation
  const everything = {
    issuer,
    baseline: 'demo:use',
    hiddenTool: 'gzip-file-as-resource',
    guardedTool: 'get-env',
    guardedScope: 'demo:admin',
    echoed: 'Echo: hello',
  }
  return {
    everything: { ...everything, resource: installation.mcp('everything') },
    'far-everything': { ...everything, resource: installation.mcp('far-everything') },
    ledger: {
      issuer,
      resource: installation.mcp('ledger'),
      baseline: 'ledger:read',
      hiddenTool: 'drop-tables',
      guardedTool: 'audit',
      guardedScope: 'ledger:audit',
      echoed: 'hello',
    },
  } satisfies Record<string, GuardedServer>
}

/** Starts all of it. */
export async function startSurroundings(): Promise<Surroundings> {
  const documents = await startDocumentHost()
  const { command: _, ...rules } = everythingMount
  const mcp = {
    everything: everythingMount,
    'far-everything': { ...rules, url: await startEverythingUpstream() },
    ledger: upstreamMount(await startUpstream()),
  }
  const installation = await Installation.make({
    settings: { mcp },
    serve: ['--dev'],
    env: { NODE_EXTRA_CA_CERTS: documents.certificate, WARDER_CANARY: 'sings' },
  })
  const alice = await installation.addUser('alice@example.com')
  await installation.start()
  return { installation, documents, alice }
}

/** Whatever the clients did, it was nothing that the server did not foresee. */
export async function expectNothingUnexpected({ installation }: Surroundings): Promise<void> {
  expect(await installation.events('request.failed')).toEqual([])
  expect(await installation.events('upstream.failed')).toEqual([])
}
