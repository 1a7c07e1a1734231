/** The tests that both lines of the SDK share: three ways to be known, three kinds of server. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
import {
  expectNothingUnexpected,
  guardedServers,
  type Surroundings,
  startSurroundings,
} from './surroundings.ts'

/** A way to become known. */
interface Way {
  readonly how: string
  /** What the id of the client looks like. */
  readonly clientId: RegExp
  register(surroundings: Surroundings, name: string): Registration | Promise<Registration>
}

const ways: readonly Way[] = [
  {
    how: 'by a client metadata document',
    clientId: /^https:\/\/localhost:\d+\//,
    register: ({ documents }, name) => ({
      clientMetadataUrl: documents.publish(`/${encodeURI(name)}.json`, { ...clientWords(name) }),
    }),
  },
  { how: 'by itself', clientId: /^dyn_/, register: () => ({}) },
  {
    how: 'by an administrator',
    clientId: /^cli_/,
    async register({ installation }, name) {
      const added = await installation.addClient(name, '--redirect-uri', CALLBACK)
      return { information: { ...added, issuer: installation.issuer } }
    },
  },
]

/** Makes a program with the SDK in question. */
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

  describe.each(ways)('A program registered $how', ({ how, clientId, register }) => {
    it.each(['everything', 'far-everything', 'ledger'] as const)(
      'signs in to %s and uses it',
      async (name) => {
        const server = guardedServers(surroundings)[name]
        const clientName = `${sdk} ${name} ${how}`
        const registration = await register(surroundings, clientName)
        const program = make(server, clientWords(clientName), registration)
        const browser = new Browser(surroundings.alice)
        try {
          await connects(program, browser, server)
          expect(program.revision()).toBe('2025-11-25')
          expect(program.provider.information?.client_id).toMatch(clientId)
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
