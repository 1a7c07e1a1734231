/**
 * Identities that many requests share, so that no handler can change them for the next one.
 *
 * @module
 */

import type { Identity } from './credentials/credential.ts'

/** Makes an identity one that many requests can share. Its claims nest as deeply as their issuer likes. */
export function freezeIdentity(identity: Identity): Identity {
  const { scopes, roles, claims, amr = [] } = identity
  const open: object[] = [scopes, roles, claims, amr]
  for (const value of open) {
    Object.freeze(value)
    for (const member of Object.values(value)) {
      if (typeof member === 'object' && member !== null) open.push(member)
    }
  }
  return Object.freeze(identity)
}
