/** `@modelcontextprotocol/client` 2.4 against the built product, in both eras of the protocol. */

import { SdkErrorCode } from '@modelcontextprotocol/client'
import { describe, expect, it } from 'vitest'
import { connects, outlivesItsToken, stepsUp, usesTools } from './support/journey.ts'
import { Browser } from './support/person.ts'
import { sdkSuite } from './support/sdk-suite.ts'
import { clientWords, type Registration, SignInProvider } from './support/sign-in-provider.ts'
import { guardedServers } from './support/surroundings.ts'
import { type V2Kinds, V2Program } from './support/v2-program.ts'

const provider = (name: string, registration: Registration<V2Kinds['information']> = {}) =>
  new SignInProvider<V2Kinds>(clientWords(name), registration)

const surroundings = sdkSuite(
  'SDK v2',
  (server, { client_name }, registration) =>
    new V2Program(server.resource, provider(client_name, registration)),
)

describe('The eras of the protocol', () => {
  it.each([
    ['ledger', '2026-07-28', 'the server behind speaks both'],
    ['everything', '2026-07-28', 'the gateway carries it to a program of the earlier era'],
    ['far-everything', '2025-11-25', 'the server behind knows no other, so the client falls back'],
  ] as const)('%s: a client that asks for the later one speaks %s: %s', async (name, era, _) => {
    const server = guardedServers(surroundings())[name]
    const program = new V2Program(server.resource, provider(`SDK v2 auto ${name}`), 'auto')
    const browser = new Browser(surroundings().alice)
    try {
      await connects(program, browser, server)
      expect(program.revision()).toBe(era)
      await usesTools(program, server)
      await stepsUp(program, browser, server)
      await outlivesItsToken(program, server)
    } finally {
      await program.close()
    }
  })

  it('a client that insists on the later one is told by a server of the earlier', async () => {
    const server = guardedServers(surroundings())['far-everything']
    const program = new V2Program(server.resource, provider('SDK v2 pinned'), { pin: '2026-07-28' })
    try {
      const attempt = connects(program, new Browser(surroundings().alice), server)
      await expect(attempt).rejects.toMatchObject({ code: SdkErrorCode.EraNegotiationFailed })
    } finally {
      await program.close()
    }
  })
})
