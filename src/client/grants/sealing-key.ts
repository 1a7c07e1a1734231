/**
 * The key that the files of a directory are sealed with, and where it is kept.
 *
 * In the keychain of the system, where there is one that answers when the directory is begun; otherwise
 * in a file beside what it seals. Such a file keeps grants out of backups of single files, logs and
 * searches for tokens, and from other users; not from whoever can read all that its user can. Or it is
 * given, and kept by whoever gives it.
 *
 * The directory says which of these it is, and the name of the key. So no other key is ever made or tried
 * because a keychain happens to be locked, as it is over SSH: the sign-ins would seem to be gone.
 *
 * @module
 */

import type { Platform } from '../../platform.ts'
import { parseJsonIfSound } from '../../protocol/json.ts'
import { isObject } from '../../protocol/json-rpc.ts'
import { textDigest } from '../../protocol/sha256.ts'
import { type NamedKey, namedKey } from '../../vault/derive.ts'
import { Secret } from '../../vault/secret.ts'
import type { FileLocks } from './file-lock.ts'
import { findKey, writeKey } from './keychains/key-text.ts'
import type { Keychain } from './keychains/keychain.ts'
import { type OwnDirectory, unusable } from './own-directory.ts'

/** Where to look for a key, and what making one takes. */
export interface KeyOptions {
  readonly directory: OwnDirectory
  /** The key itself, for those who keep it. */
  readonly key?: Secret<Uint8Array>
  readonly keychain?: Keychain
  readonly locks: FileLocks
  readonly chance: Pick<Platform, 'random'>
}

/** Where the key of a directory is kept. */
type KeyPlace = 'given' | 'keychain' | 'file'

/** What a directory says of its key. */
interface Marker {
  readonly place: KeyPlace
  readonly keyId: string
}

/** The form of the directory. A later one is not touched by who does not know it. */
const VERSION = 1

/** What the directory says of its key, and the key itself where no keychain has it. */
const MARKER = 'store.json'
const KEY_FILE = 'store.key'

const BEGIN_ANEW = 'begin anew by removing the directory, and sign in again.'

/** The key of a directory, which is begun if it is not there yet. */
export class SealingKey {
  readonly #options: KeyOptions
  #known: NamedKey | undefined

  constructor(options: KeyOptions) {
    this.#options = options
  }

  /**
   * The key. The same object as before, unless the directory was begun anew meanwhile.
   *
   * @throws {ClientError} `store_unusable` if it cannot be had, or is not the one that was used before.
   */
  async current(): Promise<NamedKey> {
    const { directory, locks } = this.#options
    await directory.prepare()
    const marker = (await this.#marker()) ?? (await locks.hold('store.lock', () => this.#begin()))
    if (this.#known?.id === marker.keyId) return this.#known
    const key = namedKey((await this.#find(marker.place)).reveal('opening what is kept'))
    if (key.id !== marker.keyId) {
      const problem = `was sealed with the key ${marker.keyId}, and this is ${key.id}.`
      throw unusable(
        directory.path,
        problem,
        `Give it the key that it began with, or ${BEGIN_ANEW}`,
      )
    }
    this.#known = key
    return key
  }

  async #marker(): Promise<Marker | undefined> {
    const { directory } = this.#options
    const text = await directory.read(MARKER)
    if (text === undefined) return undefined
    const marker = parseMarker(text)
    if (marker === 'later') {
      const problem = 'was written by a later version of Warder.'
      throw unusable(directory.path, problem, 'Use that version.')
    }
    if (marker !== undefined) return marker
    throw unusable(directory.pathOf(MARKER), 'is damaged.', `Restore it, or ${BEGIN_ANEW}`)
  }

  /** Whoever is killed in the midst of it leaves a key that the next one takes up. */
  async #begin(): Promise<Marker> {
    // Another process may have been first.
    const made = await this.#marker()
    if (made !== undefined) return made
    const [place, key] = await this.#choose()
    const keyId = namedKey(key.reveal('naming it')).id
    const text = `${JSON.stringify({ version: VERSION, place, keyId })}\n`
    await this.#options.directory.replace(MARKER, text)
    return { place, keyId }
  }

  async #choose(): Promise<readonly [KeyPlace, Secret<Uint8Array>]> {
    const { key, keychain } = this.#options
    if (key !== undefined) return ['given', key]
    const kept = keychain === undefined ? undefined : await this.#keepIn(keychain)
    return kept === undefined ? ['file', await this.#keepInFile()] : ['keychain', kept]
  }

  /** A key in the keychain; nothing if it does not keep any. */
  async #keepIn(keychain: Keychain): Promise<Secret<Uint8Array> | undefined> {
    const account = await this.#account()
    if ((await keychain.find(account)) === 'absent') await keychain.keep(account, this.#draw())
    const found = await keychain.find(account)
    return found instanceof Secret ? found : undefined
  }

  async #keepInFile(): Promise<Secret<Uint8Array>> {
    await this.#options.directory.create(KEY_FILE, `${writeKey(this.#draw())}\n`)
    return this.#findInFile()
  }

  #find(place: KeyPlace): Promise<Secret<Uint8Array>> | Secret<Uint8Array> {
    if (this.#options.key !== undefined) return this.#options.key
    if (place === 'file') return this.#findInFile()
    if (place === 'keychain') return this.#findInKeychain()
    const problem = 'was sealed with a key that its user keeps.'
    throw unusable(this.#options.directory.path, problem, `Give it that key, or ${BEGIN_ANEW}`)
  }

  async #findInFile(): Promise<Secret<Uint8Array>> {
    const { directory } = this.#options
    const text = await directory.read(KEY_FILE)
    const key = text === undefined ? undefined : findKey(text)
    if (key !== undefined) return key
    throw unusable(
      directory.pathOf(KEY_FILE),
      'does not hold the key any more.',
      `Restore it, or ${BEGIN_ANEW}`,
    )
  }

  async #findInKeychain(): Promise<Secret<Uint8Array>> {
    const { directory, keychain } = this.#options
    const found =
      keychain === undefined ? 'unreachable' : await keychain.find(await this.#account())
    if (found instanceof Secret) return found
    // A locked keychain may answer as if it had nothing.
    const problem = `has its key in ${keychain?.name ?? 'the keychain of the system'}, which does not give it.`
    const mend = `Unlock it and try again; if the key is gone, ${BEGIN_ANEW}`
    throw unusable(directory.path, problem, mend)
  }

  #draw(): Secret<Uint8Array> {
    return new Secret(this.#options.chance.random(32))
  }

  /** What the key is called in a keychain: each directory has its own. */
  async #account(): Promise<string> {
    const digest = await textDigest()(this.#options.directory.path)
    return `store-${digest.slice(0, 16)}`
  }
}

/** What a directory says of its key; nothing if that cannot be read. */
function parseMarker(text: string): Marker | 'later' | undefined {
  const marker = parseJsonIfSound(text)
  if (!isObject(marker) || typeof marker.version !== 'number') return undefined
  if (marker.version > VERSION) return 'later'
  const { place, keyId } = marker
  const isPlace = place === 'given' || place === 'keychain' || place === 'file'
  return isPlace && typeof keyId === 'string' ? { place, keyId } : undefined
}
