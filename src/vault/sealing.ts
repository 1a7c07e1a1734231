/**
 * Sealing: AES-256-GCM for what must be read again, bound to the place it is kept at.
 *
 * A record names the key that it is under. It has a key of its own, derived from that one, so that
 * no nonce can repeat under a key, and a commitment to it, which GCM by itself does not give.
 *
 * Uses `node:crypto`: its ciphers take keys that cannot be printed.
 *
 * @see {@link https://csrc.nist.gov/pubs/sp/800/38/d/final | NIST SP 800-38D}
 * @module
 */

import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { WarderError } from '../errors.ts'
import type { Platform } from '../platform.ts'
import { derive, equal, KEY_ID_BYTES, lengthPrefixed, type NamedKey } from './derive.ts'

/** Where a sealed value is kept; it opens nowhere else. */
export interface Place {
  readonly table: string
  readonly column: string
  readonly row: string
}

const VERSION = Buffer.from('w1')

/** What a record is bound to, and where its salt and nonce come from. */
interface Sealing {
  readonly place: Place
  readonly platform: Pick<Platform, 'random'>
}

/** Encrypts so that it can be read again with this key at this place, and nowhere else. */
export function sealRecord(
  plaintext: string | Uint8Array,
  { id, key }: NamedKey,
  { place, platform }: Sealing,
): string {
  const salt = platform.random(LENGTH.salt)
  const nonce = platform.random(LENGTH.nonce)
  const record = recordKey(key, salt)
  const cipher = createCipheriv('aes-256-gcm', record.key, nonce).setAAD(associated(place, id))
  const ciphertext = Buffer.concat([cipher.update(Buffer.from(plaintext)), cipher.final()])
  const head = [VERSION, Buffer.from(id, 'base64url'), salt, nonce, record.commitment]
  return Buffer.concat([...head, ciphertext, cipher.getAuthTag()]).toString('base64url')
}

/** The id of the key that a record is under, if it is a record. */
export function keyIdOf(sealed: string): string | undefined {
  return parseRecord(sealed)?.keyId
}

/**
 * Reads what was sealed at a place.
 *
 * @throws {WarderError} `vault_error` if it was changed, moved, or is under another key.
 */
export function openRecord(sealed: string, { id, key }: NamedKey, place: Place): Buffer {
  const record = parseRecord(sealed)
  if (record?.keyId !== id) throw unreadable(place, 'not a record of this key')
  const { key: own, commitment } = recordKey(key, record.salt)
  if (!equal(record.commitment, commitment)) throw unreadable(place, 'key commitment differs')
  const decipher = createDecipheriv('aes-256-gcm', own, record.nonce, {
    authTagLength: LENGTH.tag,
  })
  decipher.setAAD(associated(place, id)).setAuthTag(record.tag)
  try {
    const start = decipher.update(record.ciphertext)
    return Buffer.concat([start, decipher.final()])
  } catch (cause) {
    throw unreadable(place, 'changed, or moved from another place', cause)
  }
}

/** What is thrown for a record that does not open; only the operator is told which, and why. */
export function unreadable(place: Place, why: string, cause?: unknown): WarderError {
  const detail = `${placeName(place)}: ${why}`
  return new WarderError('vault_error', 'A stored secret could not be read.', { detail, cause })
}

/** A place as the operator reads it. */
export const placeName = ({ table, column, row }: Place): string =>
  `${table}.${column} of row ${row}`

/** The lengths of a record's parts, in their order; the ciphertext comes before the tag. */
const LENGTH = {
  version: VERSION.length,
  keyId: KEY_ID_BYTES,
  salt: 16,
  nonce: 12,
  commitment: 16,
  tag: 16,
}

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
  if (!take(LENGTH.version).equals(VERSION)) return undefined
  const keyId = take(LENGTH.keyId).toString('base64url')
  const salt = take(LENGTH.salt)
  const nonce = take(LENGTH.nonce)
  const commitment = take(LENGTH.commitment)
  const ciphertextLength = bytes.length - at - LENGTH.tag
  if (ciphertextLength < 0) return undefined
  const ciphertext = take(ciphertextLength)
  return { keyId, salt, nonce, commitment, ciphertext, tag: take(LENGTH.tag) }
}

const associated = ({ table, column, row }: Place, keyId: string): Buffer =>
  lengthPrefixed(['warder', VERSION, table, column, row, Buffer.from(keyId, 'base64url')])

/** The key of one record, and the commitment to it. */
function recordKey(root: KeyObject, salt: Uint8Array): { key: Buffer; commitment: Buffer } {
  const bytes = derive(root, { info: 'warder/enc/v1', length: 64, salt })
  return { key: bytes.subarray(0, 32), commitment: bytes.subarray(32, 32 + LENGTH.commitment) }
}
