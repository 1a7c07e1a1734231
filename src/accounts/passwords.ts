/**
 * Passwords at rest: argon2id over a keyed hash.
 *
 * The keyed hash (a "pepper") comes first, under a key of its own that is derived from the
 * key-encryption key: whoever has the database but not the key cannot guess at all. Its output has
 * a fixed length, so no password is too long for argon2 and none is cut.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9106 | RFC 9106} (argon2)
 * @module
 */

import * as argon2 from '@node-rs/argon2'
import type { Platform } from '../platform.ts'
import type { Secret, Vault } from '../vault/index.ts'
import { createPool, type Pool } from './hash-pool.ts'
import { checkNewPassword, parsePassword } from './password-policy.ts'
import type { PasswordSettings } from './settings.ts'

/** Hashing and checking passwords. */
export interface Passwords {
  /** How many hashes are made and wait now. */
  readonly hashing: Pick<Pool, 'depth'>
  /**
   * Takes a place for work that may hash, so that it is turned away before it begins if at all.
   *
   * @throws {OAuthError} `temporarily_unavailable` if every place is taken.
   */
  reserve<T>(work: () => Promise<T>): Promise<T>
  /**
   * The hash of a new password for an account.
   *
   * @throws {OAuthError} `invalid_request` if the password is not acceptable.
   */
  hashNew(password: Secret<string>, email: string): Promise<string>
  /** The hash, under today's parameters, of a parsed password that is known to be right. */
  rehash(parsed: string): Promise<string>
  /** Whether the hash was made under other parameters than today's. */
  isOutdated(hash: string): boolean
  /**
   * Whether the parsed password is the hash's. Without a hash it does the same work and says no,
   * so that the time does not tell who has an account.
   */
  verify(parsed: string, hash: string | null): Promise<boolean>
}

/** What passwords work with. */
export interface PasswordsContext {
  readonly vault: Vault
  readonly platform: Platform
  readonly settings: PasswordSettings
}

/** Makes the keeper of passwords. */
export function createPasswords({ vault, platform, settings }: PasswordsContext): Passwords {
  const { hashesAtOnce, hashesWaiting } = settings
  const places = createPool({ running: hashesAtOnce + hashesWaiting, waiting: 0 })
  const hashing = createPool({ running: hashesAtOnce, waiting: hashesWaiting })
  const cost = { memoryCost: settings.memoryKiB, timeCost: settings.passes, parallelism: 1 }
  const dummy = dummyHash(cost, platform)

  const peppered = (parsed: string): string => vault.hash('password', parsed)
  const hash = (parsed: string): Promise<string> =>
    hashing.run(() => argon2.hash(peppered(parsed), cost))

  return {
    hashing,
    reserve: (work) => places.run(work),
    async hashNew(password, email) {
      const parsed = parsePassword(password)
      checkNewPassword(parsed, { ...settings, email })
      return hash(parsed)
    },
    rehash: hash,
    isOutdated(stored) {
      const { memoryCost, timeCost, parallelism } = argon2.parseOptions(stored)
      return (
        memoryCost !== cost.memoryCost ||
        timeCost !== cost.timeCost ||
        parallelism !== cost.parallelism
      )
    },
    async verify(parsed, stored) {
      const right = await hashing.run(() => argon2.verify(stored ?? dummy, peppered(parsed)))
      return right && stored !== null
    },
  }
}

/** The cost of an argon2 hash. */
interface Cost {
  readonly memoryCost: number
  readonly timeCost: number
  readonly parallelism: number
}

/** A hash that no password has, in the form that argon2 writes. */
function dummyHash({ memoryCost, timeCost, parallelism }: Cost, platform: Platform): string {
  const field = (length: number): string =>
    Buffer.from(platform.random(length)).toString('base64').replaceAll('=', '')
  const parameters = `m=${memoryCost},t=${timeCost},p=${parallelism}`
  return `$argon2id$v=19$${parameters}$${field(16)}$${field(32)}`
}
