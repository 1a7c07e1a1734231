/**
 * How an API key is written: `wdr_live_ID_SECRETCHECKSUM`.
 *
 * The id finds the row, and may be seen; the secret has 256 bits; the checksum covers all before it. No
 * character ends a word, so that a double click takes the whole key, and its prefix is unlike any other,
 * so that secret scanners find it.
 *
 * @see {@link https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/ | GitHub's token format}, from which the idea is
 * @module
 */

import { OAuthError } from '../../errors.ts'
import type { Platform } from '../../platform.ts'
import type { ApiKey } from '../../store/tables.ts'
import { secretPrefixes } from '../../vault/prefixes.ts'
import { BASE62, CHECKSUM_CHARS, checksum } from './checksum.ts'

/** Keys of one environment are refused by the other, unseen. */
export type Environment = ApiKey['environment']

/** 95 bits: nobody meets another's id by chance. */
const ID_CHARS = 16
/** 256 bits. */
const SECRET_CHARS = 43

const { apiKey: PREFIX } = secretPrefixes

/** `wdr_live_` and `wdr_test_` are of one length. */
const HEAD_CHARS = `${PREFIX}live_`.length
const KEY_CHARS = HEAD_CHARS + ID_CHARS + 1 + SECRET_CHARS + CHECKSUM_CHARS

/** Whole, so that no character of another alphabet is taken for one of these. */
const SHAPE = new RegExp(
  `^${PREFIX}(?:live|test)_[0-9A-Za-z]{${ID_CHARS}}_[0-9A-Za-z]{${SECRET_CHARS + CHECKSUM_CHARS}}$`,
)

/** A key before anybody has it. */
export interface MadeKey {
  readonly id: string
  /** The whole key. */
  readonly text: string
}

/** Makes a key, under a new id or one that it has already. */
export function makeApiKey(
  platform: Pick<Platform, 'random'>,
  environment: Environment,
  id: string = randomWord(platform, ID_CHARS),
): MadeKey {
  const body = `${PREFIX}${environment}_${id}_${randomWord(platform, SECRET_CHARS)}`
  return { id, text: `${body}${checksum(body)}` }
}

/** Whether something is meant to be an API key of ours, however spoilt. */
export const isApiKeyLike = (text: string): boolean =>
  text.slice(0, PREFIX.length).toLowerCase() === PREFIX

/**
 * The id of a key, if it is a whole one and for this environment. Nothing is looked up.
 *
 * @throws {OAuthError} `invalid_token`.
 */
export function parseApiKey(text: string, environment: Environment): string {
  if (text.length !== KEY_CHARS || !SHAPE.test(text)) return refuseTypo('not of the shape of a key')
  const end = KEY_CHARS - CHECKSUM_CHARS
  if (checksum(text.slice(0, end)) !== text.slice(end)) return refuseTypo('the checksum is wrong')
  if (!text.startsWith(environment, PREFIX.length)) {
    const detail = `a key for another environment than ${environment}`
    throw new OAuthError('invalid_token', 'This API key is for another environment.', { detail })
  }
  return text.slice(HEAD_CHARS, HEAD_CHARS + ID_CHARS)
}

function refuseTypo(detail: string): never {
  const message = 'This is not a whole API key. It was mistyped or cut off.'
  throw new OAuthError('invalid_token', message, { detail })
}

/** Beyond this, some characters would come more often than others. */
const FAIR = 256 - (256 % 62)

function randomWord(platform: Pick<Platform, 'random'>, length: number): string {
  let word = ''
  while (word.length < length) {
    for (const byte of platform.random(length)) {
      if (byte < FAIR && word.length < length) word += BASE62.charAt(byte % 62)
    }
  }
  return word
}
