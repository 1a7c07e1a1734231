/**
 * Where this user's sign-ins are kept: sealed files, whose key is in the keychain of the system where
 * there is one.
 *
 * @module
 */

import { homedir } from 'node:os'
import { grantsDirectory } from '../../client/grants/directory.ts'
import { systemKeychain } from '../../client/grants/keychains/index.ts'
import { sealedGrantStore } from '../../client/grants/sealed-store.ts'
import type { GrantStore } from '../../client/kept-grant.ts'

const around = () => ({ os: process.platform, home: homedir(), readEnv })

const readEnv = (name: string): string | undefined => process.env[name]

/** Where they are. It need not be there yet. */
export const userGrantsDirectory = (): string => grantsDirectory(around())

/**
 * The sign-ins of this user.
 *
 * @param patience - How long to wait for another process, in milliseconds.
 */
export function userGrants(patience?: number): GrantStore {
  const directory = userGrantsDirectory()
  const keychain = systemKeychain({ ...around(), directory })
  return sealedGrantStore({
    ...{ directory, keychain },
    ...(patience === undefined ? {} : { patience }),
  })
}
