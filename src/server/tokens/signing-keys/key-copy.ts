/**
 * What one process knows of the keys: as last read, opened, and looked at by the time.
 *
 * A store that is away leaves the copy as it is. A key that cannot be opened here does not sign, and
 * does not keep the others from being followed.
 *
 * @module
 */

import type { JWK } from 'jose'
import { WarderError } from '../../../errors.ts'
import type { Platform } from '../../../platform.ts'
import type { VerificationKey } from '../../../protocol/jwt.ts'
import type { Store } from '../../../store/store.ts'
import type { SigningKey } from '../../../store/tables.ts'
import type { Vault } from '../../../vault/index.ts'
import type { Signer } from '../sign-jwt.ts'
import { openSigner, openVerifier, publicPart } from './key-material.ts'
import { isOver, publishedKeys, signingChain } from './key-states.ts'

/** A copy of the stored keys. */
export interface KeyCopy {
  /** Reads the store again, after whatever reading is under way. */
  read(): Promise<void>
  /** Takes part in a reading that is under way, or reads, if the last one was a while ago. */
  readSeldom(): Promise<void>
  /** The keys as last read. */
  rows(): readonly SigningKey[]
  signer(): Signer
  jwks(): { readonly keys: readonly JWK[] }
  /** The published key of an id. */
  verifier(kid: string): VerificationKey | undefined
}

/** Between two readings because of an id that nobody knows, in milliseconds. */
const COOL_DOWN = 1_000

/** More than there can be: a key is made every hour at most, and gone in days. */
const MOST_KEYS = 1_000

/** The stored keys. */
export const listKeys = (store: Store): Promise<readonly SigningKey[]> =>
  store.list('signingKeys', {}, { limit: MOST_KEYS })

/** Where keys are, and what opens them. */
export interface KeySource {
  readonly store: Store
  readonly vault: Vault
  readonly platform: Platform
}

/** A copy that knows nothing yet. */
export function keyCopy({ store, vault, platform }: KeySource): KeyCopy {
  let rows: readonly SigningKey[] = []
  let verifiers: ReadonlyMap<string, VerificationKey> = new Map()
  let signers: ReadonlyMap<string, Signer> = new Map()
  let served: { readonly keys: readonly JWK[] } = { keys: [] }
  let servedIds = ''
  let triedAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  const load = async () => {
    triedAt = platform.now()
    const found = await listKeys(store)
    const signing = signingChain(found, platform.now())
    const verifying = await openAll(found, verifiers, openVerifier)
    const ready = await openAll(signing, signers, (key) => openSigner(key, vault))
    rows = found
    verifiers = verifying.opened
    signers = ready.opened
    for (const failure of [...verifying.failures, ...ready.failures]) throw failure
  }
  const read = () => {
    const before = reading ?? Promise.resolve()
    const mine = before.then(load, load).finally(() => {
      if (reading === mine) reading = undefined
    })
    reading = mine
    return mine
  }

  return {
    read,
    async readSeldom() {
      const elapsed = platform.now() - triedAt
      if (reading !== undefined) return reading
      // A clock that was set back must not stretch the pause.
      if (elapsed < 0 || elapsed >= COOL_DOWN) await read()
    },
    rows: () => rows,
    signer() {
      for (const { id } of signingChain(rows, platform.now())) {
        const signer = signers.get(id)
        if (signer !== undefined) return signer
      }
      throw new WarderError('no_signing_key', 'There is no signing key that can be used here.')
    },
    jwks() {
      const published = publishedKeys(rows, platform.now())
      const ids = published.map(({ id }) => id).join(' ')
      if (ids !== servedIds) {
        servedIds = ids
        served = { keys: published.map(({ publicJwk }) => publicPart(publicJwk)) }
      }
      return served
    },
    verifier(kid) {
      const row = rows.find(({ id }) => id === kid)
      if (row === undefined || row.retiredAt !== null || isOver(row, platform.now())) {
        return undefined
      }
      return verifiers.get(kid)
    },
  }
}

interface Opened<T> {
  readonly opened: ReadonlyMap<string, T>
  readonly failures: readonly unknown[]
}

/** Opens what is not open yet, and forgets what is not wanted any more. */
async function openAll<T>(
  keys: readonly SigningKey[],
  known: ReadonlyMap<string, T>,
  open: (key: SigningKey) => Promise<T>,
): Promise<Opened<T>> {
  const attempts = await Promise.allSettled(
    keys.map(async (key): Promise<[string, T]> => [key.id, known.get(key.id) ?? (await open(key))]),
  )
  const opened = attempts.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const failures = attempts.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  return { opened: new Map(opened), failures }
}
