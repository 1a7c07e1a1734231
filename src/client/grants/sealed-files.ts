/**
 * Texts in files, one a file: sealed, bound to the name of their file, and under a name that tells
 * nothing without the key.
 *
 * One file for each grant, and not one for all: renewing one cannot harm another, a damaged one takes no
 * other with it, and each has a lock of its own, so that no service waits for another.
 *
 * @module
 */

import type { Platform } from '../../platform.ts'
import { parseJson } from '../../protocol/json.ts'
import { isObject } from '../../protocol/json-rpc.ts'
import { derive, type NamedKey } from '../../vault/derive.ts'
import { openRecord, type Place, sealRecord } from '../../vault/sealing.ts'
import { type OwnDirectory, unusable } from './own-directory.ts'

/** What a file is about; its name ends so. */
export type Kind = 'grant' | 'registration'

/** What a file is about, and what stands in it: no two sealings are the same, so that shows any change. */
export interface Kept<T> {
  readonly value: T
  readonly raw: string
}

/** The form of the files. A later one is not touched by who does not know it. */
const VERSION = 1

const SIGN_IN_AGAIN = 'remove it and sign in again; other sign-ins are not affected.'

/** The files of one directory under one key. */
export class SealedFiles {
  readonly #directory: OwnDirectory
  readonly #key: NamedKey
  readonly #chance: Pick<Platform, 'random'>

  constructor(directory: OwnDirectory, key: NamedKey, chance: Pick<Platform, 'random'>) {
    this.#directory = directory
    this.#key = key
    this.#chance = chance
  }

  /** Which key they are under. */
  get keyId(): string {
    return this.#key.id
  }

  /** The name of a file, without its ending: nobody without the key can tell what it is about. */
  nameOf(kind: Kind, id: string): string {
    const info = `warder/client-file/v1/${kind}`
    return derive(this.#key.key, { info, salt: Buffer.from(id), length: 16 }).toString('hex')
  }

  /** All names of a kind. */
  async names(kind: Kind): Promise<readonly string[]> {
    const files = await this.#directory.names(`.${kind}`)
    return files.map((file) => file.slice(0, -kind.length - 1))
  }

  /**
   * What is kept under a name, if anything is.
   *
   * @param parse - Throws if a text is not one of this kind.
   * @throws {ClientError} `store_unusable` if the file is damaged, or of a later version.
   */
  async read<T>(
    kind: Kind,
    name: string,
    parse: (text: string) => T,
  ): Promise<Kept<T> | undefined> {
    const path = this.#directory.pathOf(`${name}.${kind}`)
    const raw = await this.#directory.read(`${name}.${kind}`)
    if (raw === undefined) return undefined
    const open = (sealed: string): T =>
      parse(openRecord(sealed, this.#key, placeOf(kind, name)).toString())
    const value = whole(path, () => {
      const sealed = parseHeader(raw)
      return sealed === undefined ? undefined : { opened: open(sealed) }
    })
    if (value !== undefined) return { value: value.opened, raw }
    const mend = `Use that version, or ${SIGN_IN_AGAIN}`
    throw unusable(path, 'was written by a later version of Warder.', mend)
  }

  /** Keeps a text under a name. Only the holder of its lock may. */
  async write(kind: Kind, name: string, text: string): Promise<void> {
    const sealing = { place: placeOf(kind, name), platform: this.#chance }
    const file = { version: VERSION, sealed: sealRecord(text, this.#key, sealing) }
    await this.#directory.replace(`${name}.${kind}`, `${JSON.stringify(file)}\n`)
  }

  /** Removes what is kept under a name. Only the holder of its lock may. */
  async remove(kind: Kind, name: string): Promise<void> {
    await this.#directory.remove(`${name}.${kind}`)
  }
}

const placeOf = (kind: Kind, name: string): Place => ({
  table: 'client-files',
  column: kind,
  row: name,
})

/** @throws {ClientError} `store_unusable` for whatever is wrong with what a file holds. */
function whole<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw unusable(path, 'is damaged.', `Restore it, or ${SIGN_IN_AGAIN}`, cause)
  }
}

/**
 * The sealed text of a file; nothing if the file is of a later version.
 *
 * @throws {SyntaxError} if it is no file of ours.
 */
function parseHeader(raw: string): string | undefined {
  const file = parseJson(raw)
  if (!isObject(file) || typeof file.version !== 'number') throw new SyntaxError('has no version')
  if (file.version > VERSION) return undefined
  if (typeof file.sealed !== 'string') throw new SyntaxError('holds nothing sealed')
  return file.sealed
}
