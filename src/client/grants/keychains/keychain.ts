/**
 * What is asked of a keychain: to keep the one key of a directory.
 *
 * Only that key is kept there, and not the grants: keychains bound how long an item may be, and some
 * ask their user about each.
 *
 * @module
 */

import type { Secret } from '../../../vault/secret.ts'

/**
 * What a keychain answers. One that is locked, or has nobody to unlock it, is `unreachable`; but some then
 * answer as if the key were `absent`.
 */
export type Found = Secret<Uint8Array> | 'absent' | 'unreachable'

/** The keychain of a system. */
export interface Keychain {
  /** For people. */
  readonly name: string
  /** @param account - Which key: letters, digits and hyphens. */
  find(account: string): Promise<Found>
  /** Keeps a key under a name that has none. Whether it succeeded shows when it is looked for. */
  keep(account: string, key: Secret<Uint8Array>): Promise<void>
}
