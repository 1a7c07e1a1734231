/**
 * Sealing: AES-256-GCM for what must be read again, bound to the place it is kept at.
 *
 * Every record has a key of its own, so that no nonce can repeat under a key, and a commitment to
 * that key, which GCM by itself does not give. The layer of data-encryption keys is left out until
 * keys are rotated; a record already names its version and its key, so that it can come without a
 * migration.
 *
 * Uses `node:crypto`: sealing is synchronous.
 *
 * @see {@link https://csrc.nist.gov/pubs/sp/800/38/d/final | NIST SP 800-38D}
 * @module
 */

import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { WarderError } from '../errors.ts'
import type { Platform } from '../platform.ts'
import { derive, equal, lengthPrefixed } from './derive.ts'

/** Where a sealed value is kept; it opens nowhere else. */
export interface Place {
  readonly table: string
  readonly column: string
  readonly row: string
}

/** Encrypting and decrypting what is kept. */
export interface Sealing {
  /** Encrypts a text so that it can be read again at this place, and nowhere else. */
  seal(plaintext: string, place: Place): string
  /**
   * Reads what was sealed at this place.
   *
   * @throws {WarderError} `vault_error` if it was changed, moved, or is under another key.
   */
  open(sealed: string, place: Place): string
}

const VERSION = Buffer.from('w1')

/** Makes the sealing of a root key. */
export function createSealing(root: KeyObject, platform: Pick<Platform, 'random'>): Sealing {
  const keyId = derive(root, { info: 'warder/key-id/v1', length: LENGTH.keyId })
  const associated = ({ table, column, row }: Place): Buffer =>
    lengthPrefixed(['warder', VERSION, table, column, row, keyId])

  return {
    seal(plaintext, place) {
      const salt = platform.random(LENGTH.salt)
      const nonce = platform.random(LENGTH.nonce)
      const { key, commitment } = recordKey(root, salt)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated(place))
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
      const head = [VERSION, keyId, salt, nonce, commitment]
      return Buffer.concat([...head, ciphertext, cipher.getAuthTag()]).toString('base64url')
    },
    open(sealed, place) {
      const refuse = (detail: string, cause?: unknown): never => {
        const where = `${place.table}.${place.column} of row ${place.row}`
        const context = { detail: `${where}: ${detail}`, cause }
        throw new WarderError('vault_error', 'A stored secret could not be read.', context)
      }
      const record = parseRecord(sealed)
      if (record === undefined) return refuse('not a sealed record')
      if (!record.version.equals(VERSION)) return refuse('unknown version')
      if (!record.keyId.equals(keyId)) return refuse('sealed under another key')
      const { key, commitment } = recordKey(root, record.salt)
      if (!equal(record.commitment, commitment)) return refuse('key commitment differs')
      const decipher = createDecipheriv('aes-256-gcm', key, record.nonce, {
        authTagLength: LENGTH.tag,
      })
      decipher.setAAD(associated(place)).setAuthTag(record.tag)
      try {
        const start = decipher.update(record.ciphertext)
        return Buffer.concat([start, decipher.final()]).toString('utf8')
      } catch (cause) {
        return refuse('changed, or moved from another place', cause)
      }
    },
  }
}

/** The lengths of a record's parts, in their order; the ciphertext comes before the tag. */
const LENGTH = { version: VERSION.length, keyId: 8, salt: 16, nonce: 12, commitment: 16, tag: 16 }

/** Takes a record apart, or says that it is none. */
function parseRecord(sealed: string) {
  const bytes = Buffer.from(sealed, 'base64url')
  // base64url has several spellings of one value; only ours is accepted.
  if (bytes.toString('base64url') !== sealed) return undefined
  let at = 0
  const take = (length: number): Buffer => {
    at += length
    return bytes.subarray(at - length, at)
  }
  const version = take(LENGTH.version)
  const keyId = take(LENGTH.keyId)
  const salt = take(LENGTH.salt)
  const nonce = take(LENGTH.nonce)
  const commitment = take(LENGTH.commitment)
  const ciphertextLength = bytes.length - at - LENGTH.tag
  if (ciphertextLength < 0) return undefined
  const ciphertext = take(ciphertextLength)
  return { version, keyId, salt, nonce, commitment, ciphertext, tag: take(LENGTH.tag) }
}

/** The key of one record, and the commitment to it. */
function recordKey(root: KeyObject, salt: Uint8Array): { key: Buffer; commitment: Buffer } {
  const bytes = derive(root, { info: 'warder/enc/v1', length: 64, salt })
  return { key: bytes.subarray(0, 32), commitment: bytes.subarray(32, 32 + LENGTH.commitment) }
}
