/** The tests that both lines of the SDK share: three ways to be known, two kinds of server. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DocumentHost, startDocumentHost } from './documents.ts'
import { everythingMount, Installation, type Person } from './installation.ts'
import {
  connects,
  type GuardedServer,
  type McpProgram,
  outlivesItsToken,
  stepsUp,
  usesTools,
} from './journey.ts'
import { Browser } from './person.ts'
import { CALLBACK, clientWords, type Registration } from './sign-in-provider.ts'
import { startEverythingUpstream, startUpstream, upstreamMount } from './upstream.ts'

/** A running Warder with a server of each kind behind it, and someone who may use them. */
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

/** Starts everything. */
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
export function expectNothingUnexpected({ installation }: Surroundings): void {
  expect(installation.events('request.failed')).toEqual([])
  expect(installation.events('upstream.failed')).toEqual([])
}

/** The three ways to be known, each for a program of its own. */
const registrations = {
  'by a client metadata document': ({ documents }, name) => {
    const words = clientWords(name)
    return { clientMetadataUrl: documents.publish(`/${encodeURI(name)}.json`, { ...words }) }
  },
  'by itself': () => ({}),
  'by an administrator': async ({ installation }, name) => {
    const added = await installation.addClient(name, '--redirect-uri', CALLBACK)
    return { information: { ...added, issuer: installation.issuer } }
  },
} satisfies Record<
  string,
  (surroundings: Surroundings, name: string) => Registration | Promise<Registration>
>

/** How the ids of clients begin, by who says what they are. */
const clientIds = {
  'by a client metadata document': /^https:\/\/localhost:\d+\//,
  'by itself': /^dyn_/,
  'by an administrator': /^(?!dyn_|https:)/,
}

export type ProgramMaker = (
  server: GuardedServer,
  words: ReturnType<typeof clientWords>,
  registration: Registration,
) => McpProgram

/** The shared tests, for programs made by `make`. */
export function sdkSuite(sdk: string, make: ProgramMaker): () => Surroundings {
  let surroundings: Surroundings
  beforeAll(async () => {
    surroundings = await startSurroundings()
  })
  afterAll(() => expectNothingUnexpected(surroundings))

  const ways = Object.entries(registrations) as [keyof typeof registrations, ProgramRegistration][]
  describe.each(ways)('%s: a program registered', (way, register) => {
    it.each(['everything', 'far-everything', 'ledger'] as const)(
      'signs in to %s and uses it',
      async (name) => {
        const server = guardedServers(surroundings)[name]
        const clientName = `${sdk} ${name} ${way}`
        const registration = await register(surroundings, clientName)
        const program = make(server, clientWords(clientName), registration)
        const browser = new Browser(surroundings.alice)
        try {
          await connects(program, browser, server)
          expect(program.revision()).toBe('2025-11-25')
          expect(program.provider.information?.client_id).toMatch(clientIds[way])
          await usesTools(program, server)
          await stepsUp(program, browser, server)
          await outlivesItsToken(program, server)
        } finally {
          await program.close()
        }
      },
    )
  })

  it('tells a server on the network who calls, and keeps the token from it', async () => {
    const server = guardedServers(surroundings).ledger
    const program = make(server, clientWords(`${sdk} headers`), {})
    try {
      await connects(program, new Browser(surroundings.alice), server)
      const headers: Record<string, string> = JSON.parse(await program.call('whoami'))
      expect(headers['x-user']).toBe('alice@example.com')
      expect(headers['x-client']).toBe(program.provider.information?.client_id)
      expect(headers).not.toHaveProperty('authorization')
      expect(JSON.stringify(headers)).not.toContain(program.provider.saved?.access_token)
    } finally {
      await program.close()
    }
  })

  return () => surroundings
}

type ProgramRegistration = (
  surroundings: Surroundings,
  name: string,
) => Registration | Promise<Registration>
