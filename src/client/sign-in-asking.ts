/**
 * Asking the user for what a call needs: once however many calls wait, and not for ever.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import { createAttempts } from './attempts.ts'
import type { Description } from './connections.ts'
import type { ClientError } from './errors.ts'
import type { Wanted } from './grant-keys.ts'
import type { KeptGrant } from './kept-grant.ts'
import type { SignInOptions } from './sign-in.ts'
import type { SignInNeed } from './sign-in-need.ts'

/** What asking needs. */
export interface AskingOptions {
  readonly platform: Platform
  readonly onSignInNeeded: ((need: SignInNeed) => Promise<void>) | undefined
  readonly begin: Beginning<SignInNeed['begin']>
  readonly beginDevice: Beginning<SignInNeed['beginDevice']>
  readonly finish: SignInNeed['finish']
  /** What is kept now; nothing if nobody has signed in. */
  kept(wanted: Wanted): Promise<KeptGrant | undefined>
  /** Asks the resource about itself. */
  describe(wanted: Wanted, challenge: string | null): Promise<Description>
  /** Redirect URIs that are registered already. */
  registered(wanted: Wanted, description: Description): Promise<readonly string[]>
}

type Beginning<Begin extends (...args: never[]) => unknown> = (
  options: SignInOptions,
  description: Description,
) => ReturnType<Begin>

/** Asks the user. */
export type AskUser = (
  wanted: Wanted,
  error: ClientError,
  challenge: string | null,
) => Promise<void>

/** The same question, in ten minutes. */
const QUESTIONS = { most: 2, windowMs: 600_000 }

/** Any questions of one resource in that time: it may think of another scope each time. */
const ALL_QUESTIONS = { most: 6, windowMs: 600_000 }

/** Makes the asking of one client. */
export function createAsking(options: AskingOptions): AskUser {
  const attempts = createAttempts(options.platform, QUESTIONS)
  const all = createAttempts(options.platform, ALL_QUESTIONS)
  const asking = new Map<string, Promise<void>>()

  return (wanted, error, challenge) => {
    const { onSignInNeeded } = options
    const scopes = error.scopes
    const id = JSON.stringify([wanted.resource, wanted.account, [...(scopes ?? [])].sort()])
    const under = asking.get(id)
    if (under !== undefined) return under
    const whose = JSON.stringify([wanted.resource, wanted.account])
    if (onSignInNeeded === undefined || !attempts.take(id) || !all.take(whose)) {
      return Promise.reject(error)
    }
    const asked = ask(options, { wanted, error, challenge }, onSignInNeeded)
    asking.set(id, asked)
    const done = () => void asking.delete(id)
    asked.then(done, done)
    return asked
  }
}

async function ask(
  { begin, beginDevice, finish, kept, describe, registered }: AskingOptions,
  { wanted, error, challenge }: { wanted: Wanted; error: ClientError; challenge: string | null },
  onSignInNeeded: (need: SignInNeed) => Promise<void>,
): Promise<void> {
  const { scopes } = error
  const before = (await kept(wanted))?.scopes ?? []
  const asked = { ...wanted, challenge, ...(scopes === undefined ? {} : { scope: scopes }) }
  let looked: Promise<Description> | undefined
  const look = () => {
    looked ??= describe(wanted, challenge)
    return looked
  }
  await onSignInNeeded({
    ...wanted,
    reason: error.code === 'scope_needed' ? 'scope_needed' : 'sign_in_needed',
    scopes,
    added: (scopes ?? []).filter((scope) => !before.includes(scope)),
    registeredRedirectUris: async () => registered(wanted, await look()),
    begin: async (more) => begin({ ...asked, ...more }, await look()),
    beginDevice: async () => beginDevice(asked, await look()),
    finish,
  })
}
