/**
 * Grants for all processes of a user, sealed in files of one directory.
 *
 * A grant is decided about under a lock that the system frees when its holder dies. Should that lock
 * fail nevertheless, because somebody removed it or the file system does not keep it, what another has
 * kept meanwhile still counts: a decision that was made from something else is not kept.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14 | RFC 9700 §4.14} on why one refresh
 * token must not be used twice
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { type Platform, systemPlatform } from '../../platform.ts'
import type { Secret } from '../../vault/secret.ts'
import { ClientError } from '../errors.ts'
import { type GrantStore, grantId } from '../kept-grant.ts'
import { FileLocks } from './file-lock.ts'
import { parseGrant, parseRegistration, writeGrant, writeRegistration } from './grant-text.ts'
import type { Keychain } from './keychains/keychain.ts'
import { OwnDirectory, unusable } from './own-directory.ts'
import { SealedFiles } from './sealed-files.ts'
import { SealingKey } from './sealing-key.ts'

/** Where grants are kept, and what seals them. */
export interface SealedGrantsOptions {
  /** An absolute path to a directory for this alone, such as `grantsDirectory` gives. */
  readonly directory: string
  /** The key that seals, 32 bytes, if you keep it yourself. */
  readonly key?: Secret<Uint8Array>
  /** Where the key is kept if you do not, such as `systemKeychain` gives; without, in a file. */
  readonly keychain?: Keychain | undefined
  /** Milliseconds to wait for a decision of another process: 60,000 unless told. */
  readonly patience?: number
  readonly platform?: Pick<Platform, 'random'>
}

/**
 * Keeps grants and registrations in sealed files. Nothing is read or written before it is used.
 *
 * @throws {ConfigError} if the directory is no absolute path, or the key has not 32 bytes.
 */
export function sealedGrantStore(options: SealedGrantsOptions): GrantStore {
  const { key, keychain, patience = 60_000, platform: chance = systemPlatform } = options
  checkKey(key)
  const directory = new OwnDirectory(options.directory, chance)
  const locks = new FileLocks(directory, patience)
  const ofKey = new SealingKey({
    ...{ directory, locks, chance },
    ...(key !== undefined && { key }),
    ...(keychain !== undefined && { keychain }),
  })
  let isClosed = false
  const open = async (): Promise<SealedFiles> => {
    if (isClosed) throw new ClientError('store_unusable', 'It was closed.')
    return new SealedFiles(directory, await ofKey.current(), chance)
  }

  return {
    async grant(key) {
      const files = await open()
      const kept = await files.read('grant', files.nameOf('grant', grantId(key)), parseGrant)
      return kept?.value
    },

    async grants() {
      const files = await open()
      const names = await files.names('grant')
      const kept = await Promise.all(names.map((name) => files.read('grant', name, parseGrant)))
      return kept.flatMap((each) => (each === undefined ? [] : [each.value]))
    },

    async decide(key, decide) {
      const files = await open()
      const name = files.nameOf('grant', grantId(key))
      return locks.hold(`${name}.lock`, async () => {
        const before = await files.read('grant', name, parseGrant)
        const decision = await decide(before?.value)
        if ('leave' in decision) return before?.value
        const now = await files.read('grant', name, parseGrant)
        if (now?.raw !== before?.raw) return now?.value
        await checkSame(files)
        if ('forget' in decision) {
          await files.remove('grant', name)
          return undefined
        }
        if (grantId(decision.keep.key) !== grantId(key)) throw new TypeError('A grant has one key.')
        await files.write('grant', name, writeGrant(decision.keep))
        return decision.keep
      })
    },

    async registration(issuer) {
      const files = await open()
      const name = files.nameOf('registration', issuer)
      return (await files.read('registration', name, parseRegistration))?.value
    },

    async register(registration) {
      const files = await open()
      const name = files.nameOf('registration', registration.issuer)
      await locks.hold(`${name}.lock`, () =>
        files.write('registration', name, writeRegistration(registration)),
      )
    },

    async unregister(issuer) {
      const files = await open()
      const name = files.nameOf('registration', issuer)
      await locks.hold(`${name}.lock`, () => files.remove('registration', name))
    },

    async close() {
      isClosed = true
      await locks.settled()
    },
  }

  /** What was sealed with a key that the directory has no more, nobody could open. */
  async function checkSame(files: SealedFiles): Promise<void> {
    const { id } = await ofKey.current()
    if (id !== files.keyId)
      throw unusable(directory.path, 'was begun anew meanwhile.', 'Try again.')
  }
}

function checkKey(key: Secret<Uint8Array> | undefined): void {
  if (key === undefined || key.reveal('measuring it').length === 32) return
  throw new ConfigError('key', 'must have 32 bytes.', 'Make one with: openssl rand -base64 32')
}
