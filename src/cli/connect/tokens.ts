/**
 * The tokens of a connection. Loaded when one is needed: for what it brings, a program starts later.
 *
 * @module
 */

import type { Client } from '../../client/client.ts'
import type { Fetch } from '../../client/transport.ts'
import { oneSignIn } from '../../connect/one-sign-in.ts'
import { systemPlatform } from '../../platform.ts'
import { systemTimers } from '../../timers.ts'
import { type AskingOptions, asking } from '../sign-in/asking.ts'
import { userGrants } from '../sign-in/grant-store.ts'
import { serverClient } from '../sign-in/service.ts'
import { traceOf } from '../sign-in/trace.ts'
import type { ReadFlags } from './client-options.ts'

/** What a connection says of its tokens. */
export interface TokensOptions extends AskingOptions {
  readonly url: string
  readonly read: ReadFlags
  readonly fetch: Fetch
  readonly timeoutMs: number
  readonly isDebugged: boolean
  readonly say: (text: string) => void
}

/** A process that asks a user is waited for a little longer than it waits. */
const LONGER_MS = 30_000

/** Makes the client that has them. */
export function tokensOf(options: TokensOptions): Promise<Client> {
  const { url, read, fetch, timeoutMs, isDebugged, say } = options
  const way = asking({ ...options, parameters: read.parameters })
  return serverClient({
    ...{ url, fetch, ...read.wishes },
    store: userGrants(),
    trace: traceOf(process.env.DEBUG, isDebugged),
    ask: oneSignIn(way, {
      store: userGrants(timeoutMs + LONGER_MS),
      platform: systemPlatform,
      timers: systemTimers,
      onWait: () => say('Another window asks you to sign in already. This one waits for it.'),
    }),
  })
}
