/**
 * Grants of this process, gone when it ends.
 *
 * @module
 */

import { type GrantStore, grantId, type KeptGrant, type KeptRegistration } from '../kept-grant.ts'

/** Keeps grants in memory. */
export function memoryGrantStore(): GrantStore {
  const grants = new Map<string, KeptGrant>()
  const registrations = new Map<string, KeptRegistration>()
  /** The last decision about each grant, which the next one waits for. */
  const deciding = new Map<string, Promise<unknown>>()

  /** One after the other, whether or not the one before went well. */
  function inTurn<T>(id: string, decide: () => Promise<T>): Promise<T> {
    const turn = (deciding.get(id) ?? Promise.resolve()).then(decide, decide)
    deciding.set(id, turn)
    const leave = () => {
      if (deciding.get(id) === turn) deciding.delete(id)
    }
    turn.then(leave, leave)
    return turn
  }

  return {
    grant: async (key) => grants.get(grantId(key)),
    grants: async () => [...grants.values()],
    decide(key, decide) {
      const id = grantId(key)
      return inTurn(id, async () => {
        const decision = await decide(grants.get(id))
        if ('keep' in decision) grants.set(id, decision.keep)
        if ('forget' in decision) grants.delete(id)
        return grants.get(id)
      })
    },
    registration: async (issuer) => registrations.get(issuer),
    async register(registration) {
      registrations.set(registration.issuer, registration)
    },
    async unregister(issuer) {
      registrations.delete(issuer)
    },
    async close() {
      grants.clear()
      registrations.clear()
    },
  }
}
