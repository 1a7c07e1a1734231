/**
 * Telling a server behind the gateway who its user is.
 *
 * These headers come from the access token alone. What the caller sends under such a name never
 * gets this far, because nothing of the caller's headers does.
 *
 * @module
 */

import type { Principal } from '../guard/index.ts'
import { refusal } from './refusal.ts'

/** What a header can say. */
export type IdentityFact = 'subject' | 'client' | 'email'

/** By header name: what it says. */
export type IdentityHeaders = Readonly<Record<string, IdentityFact>>

/** Finds the address of a user; nothing for a client that acts for itself. */
export type FindEmail = (subject: string) => Promise<string | undefined>

/** Visible ASCII only: what a header carries without anybody reading it differently. */
const PLAIN = /^[\x21-\x7e]+$/

/**
 * The headers for one caller. A fact that is not known is left out.
 *
 * @throws {RpcError} 403 if a fact cannot be written in a header without being read differently.
 */
export async function identityHeaders(
  headers: IdentityHeaders,
  principal: Principal,
  findEmail: FindEmail,
): Promise<Readonly<Record<string, string>>> {
  const facts: Record<IdentityFact, () => Promise<string | undefined>> = {
    subject: async () => principal.subject,
    client: async () => principal.clientId,
    email: () => findEmail(principal.subject),
  }
  const told: Record<string, string> = {}
  for (const [name, fact] of Object.entries(headers)) {
    const value = await facts[fact]()
    if (value === undefined) continue
    if (!PLAIN.test(value)) {
      throw refusal(403, 'Your account cannot be named to this server.', {
        detail: `the ${fact} of ${principal.subject} has characters that a header cannot carry`,
      })
    }
    told[name.toLowerCase()] = value
  }
  return told
}
