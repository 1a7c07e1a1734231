/**
 * What has to be remembered from when a person is sent away until the tokens are there.
 *
 * @module
 */

import { parseJsonIfSound } from '../../protocol/json.ts'
import { isObject } from '../../protocol/json-rpc.ts'
import type { PendingAuthorization } from '../flows/authorization-code.ts'
import type { SdkDiscoveryState } from './sdk-types.ts'

/**
 * Where that is remembered: in the session of the one person who is signing in. It is secret, and good for
 * one sign-in.
 */
export interface SignInSession {
  read(): Promise<string | undefined>
  /** @param text - Nothing when it is over. */
  write(text: string | undefined): Promise<void>
}

/** Remembers it as long as this process lives, for programs that one person uses. */
export function memorySession(): SignInSession {
  let kept: string | undefined
  return {
    read: async () => kept,
    async write(text) {
      kept = text
    },
  }
}

/** A sign-in that is under way. */
export interface SignInUnderWay {
  readonly pending: PendingAuthorization
  readonly discovery: SdkDiscoveryState
  /** Whether its answer has come; there is only one. */
  readonly isAnswered: boolean
}

/** What a session remembers; nothing if that is nothing, or not from here. */
export async function readSession(session: SignInSession): Promise<SignInUnderWay | undefined> {
  const text = await session.read()
  if (text === undefined) return undefined
  const kept = parseJsonIfSound(text)
  if (!isObject(kept) || !isObject(kept.pending) || kept.pending.version !== 1) return undefined
  // Written by writeSession, which writes nothing else with this version.
  return kept as unknown as SignInUnderWay
}

/** Remembers a sign-in. */
export const writeSession = (session: SignInSession, underWay: SignInUnderWay): Promise<void> =>
  session.write(JSON.stringify(underWay))
