/**
 * What an administrator does to keys: looks at them, hurries them, withdraws them.
 *
 * @module
 */

import { WarderError } from '../../../errors.ts'
import type { SigningKey } from '../../../store/tables.ts'
import { FURTHEST_BEHIND } from '../revocation.ts'
import { FOLLOW_EVERY } from './follow-keys.ts'
import { listKeys } from './key-copy.ts'
import { makeKey } from './key-material.ts'
import { keyPolicy } from './key-policy.ts'
import { type KeyState, signingChain, stateOf } from './key-states.ts'
import { hasten, type KeyStep, leavesNone, retire, type StepContext, succeed } from './key-steps.ts'
import { type SigningKeyContext, stepContext } from './key-upkeep.ts'
import type { SigningKeys } from './signing-keys.ts'

/** A key as an administrator sees it. Times are milliseconds since the epoch. */
export interface DescribedKey {
  readonly kid: string
  readonly alg: string
  readonly state: KeyState
  readonly createdAt: number
  readonly signsFrom: number
  /** When its successor takes over, or is to do so. */
  readonly signsUntil: number
  /** When it leaves the key set, or is to do so. */
  readonly publishedUntil: number
  readonly retiredAt: number | null
}

/** What can be done to keys. */
export interface KeyAdministration {
  /** All keys, from the newest on. */
  list(): Promise<readonly DescribedKey[]>
  /**
   * Makes the next key, which signs once everybody can know it.
   *
   * @param options.now - It signs in seconds, and so does a next key that was there already.
   * @returns The next key.
   * @throws {WarderError} `next_key_exists` if there is one already and it is not to hurry.
   */
  rotate(options?: { readonly now?: boolean }): Promise<DescribedKey>
  /**
   * Withdraws a key at once and for ever, with all that it signed. If it signs, another takes over.
   *
   * @returns The key that signs now.
   * @throws {WarderError} `no_such_key` if there is none, or it is withdrawn already.
   */
  retire(kid: string): Promise<DescribedKey>
}

/** Time for every process to have read a key before the first of them signs with it. */
const SETTLING = 3 * FOLLOW_EVERY

/** Whoever loses this often is not racing with a rotation. */
const MOST_ATTEMPTS = 5

/** What an administrator can do to the keys of a server. */
export function keyAdministration(
  context: SigningKeyContext,
  keys: Pick<SigningKeys, 'read'>,
): KeyAdministration {
  const { store, vault } = context
  const { rotateEvery } = keyPolicy(context.settings)

  const described = async () => {
    const now = context.platform.now()
    const all = await listKeys(store)
    return all.map((key) => describe(key, { state: stateOf(key, all, now), rotateEvery }))
  }
  const find = async (state: KeyState) => {
    const found = (await described()).find((key) => key.state === state)
    // Someone was faster, or a clock is far off.
    return found ?? refuse('temporarily_unavailable', `There is no ${state} key now. Try again.`)
  }

  /** Decides from the keys as they are and writes, again if someone else was first. */
  const take = async (
    decide: (all: readonly SigningKey[], step: StepContext) => Promise<KeyStep>,
  ): Promise<void> => {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const { changes, events } = await decide(await listKeys(store), stepContext(context))
      if (await store.write(changes, events)) return keys.read()
    }
    refuse('temporarily_unavailable', 'The keys changed meanwhile. Try again.')
  }

  return {
    list: async () => [...(await described())].sort((a, b) => b.signsFrom - a.signsFrom),
    async rotate({ now: isUrgent = false } = {}) {
      await take(async (all, step) => {
        const [current, next] = signingChain(all, step.now)
        if (current === undefined) return refuse('no_signing_key', 'There is no key that signs.')
        const at = step.now + (isUrgent ? SETTLING : step.policy.lead)
        if (next === undefined) {
          return succeed(await makeKey(step.policy, vault), { current, at }, step)
        }
        if (isUrgent) return hasten({ current, next }, Math.min(at, next.signsFrom), step)
        return refuse(
          'next_key_exists',
          `There is a next key already: ${next.id}. Wait for it, or hurry it with --now.`,
        )
      })
      return find('next')
    },
    async retire(kid) {
      await take(async (all, step) => {
        const key = all.find(({ id }) => id === kid)
        if (key === undefined || key.retiredAt !== null) {
          return refuse(
            'no_such_key',
            `There is no key “${kid}” to withdraw. List them with: warder key list`,
          )
        }
        if (!leavesNone(key, all, step.now)) return retire(key, all, step)
        return retire(key, all, { ...step, successor: await makeKey(step.policy, vault) })
      })
      return find('current')
    },
  }
}

function describe(
  key: SigningKey,
  { state, rotateEvery }: { readonly state: KeyState; readonly rotateEvery: number },
): DescribedKey {
  const { id: kid, alg, createdAt, signsFrom, retiredAt } = key
  const planned = key.signsUntil ?? signsFrom + rotateEvery
  const signsUntil = Math.min(planned, retiredAt ?? planned)
  const publishedUntil = retiredAt ?? signsUntil + key.tokenLife + FURTHEST_BEHIND
  return { kid, alg, state, createdAt, signsFrom, signsUntil, publishedUntil, retiredAt }
}

function refuse(code: string, message: string): never {
  throw new WarderError(code, message)
}
