/**
 * The tokens of a connection. Loaded when one is looked for, and what gets and renews them when that is
 * needed: with every module that it brings, a program answers later.
 *
 * @module
 */

import { existsSync } from 'node:fs'
import { keptKeys } from '../../client/grant-keys.ts'
import type { Fetch } from '../../client/transport.ts'
import type { TokenSource } from '../../connect/signed-in.ts'
import { systemPlatform } from '../../platform.ts'
import { systemTimers } from '../../timers.ts'
import type { AskingOptions } from '../sign-in/asking.ts'
import { userGrants, userGrantsDirectory } from '../sign-in/grant-store.ts'
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

/** Where they come from. */
export function tokensOf(options: TokensOptions): TokenSource {
  const { indicator, account, clientId, clientIdUrl } = options.read.wishes
  const store = userGrants()
  let client: ReturnType<typeof clientOf> | undefined
  return {
    async kept() {
      // Who never signed in anywhere has nothing that could be looked through.
      if (!existsSync(userGrantsDirectory())) return undefined
      const wanted = { resource: indicator ?? options.url, account }
      const [key] = await keptKeys({ store, clientId, clientIdUrl }, wanted)
      return key === undefined ? undefined : store.grant(key)
    },
    client() {
      client ??= clientOf(options, store)
      return client
    },
  }
}

async function clientOf(options: TokensOptions, store: ReturnType<typeof userGrants>) {
  const { url, read, fetch, timeoutMs, isDebugged, say } = options
  const [{ oneSignIn }, { signedInAs }, { asking }, { serverClient }, { traceOf }] =
    await Promise.all([
      import('../../connect/one-sign-in.ts'),
      import('../sign-in/account.ts'),
      import('../sign-in/asking.ts'),
      import('../sign-in/service.ts'),
      import('../sign-in/trace.ts'),
    ])
  const way = asking({
    ...{ ...options, parameters: read.parameters },
    onSignedIn: ({ grant }) => say(signedInAs(url, grant)),
  })
  return serverClient({
    ...{ url, fetch, store, ...read.wishes, isDevice: options.way === 'device' },
    trace: traceOf(process.env.DEBUG, isDebugged),
    ask: oneSignIn(way, {
      store: userGrants(timeoutMs + LONGER_MS),
      platform: systemPlatform,
      timers: systemTimers,
      onWait: () => say('Another window asks you to sign in already. This one waits for it.'),
    }),
  })
}
