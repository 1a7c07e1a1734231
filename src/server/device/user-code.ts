/**
 * User codes: short enough to be typed from another screen, in letters that are not mistaken.
 *
 * Consonants only, so that no word comes up, and no digits, so that none is taken for a letter. Eight
 * of them are 34.5 bits: with the limits on wrong ones, and minutes to live, nobody guesses one.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-6.1 | RFC 8628 §6.1}
 * @module
 */

import type { Platform } from '../../platform.ts'

const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ'

const LENGTH = 8

const USER_CODE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`)

/** Bytes from here on would make the first letters likelier than the last. */
const EVEN = 256 - (256 % ALPHABET.length)

/** Draws a code. */
export function makeUserCode(platform: Pick<Platform, 'random'>): string {
  let code = ''
  while (code.length < LENGTH) {
    for (const byte of platform.random(LENGTH)) {
      if (byte < EVEN && code.length < LENGTH) code += ALPHABET.charAt(byte % ALPHABET.length)
    }
  }
  return code
}

/** A code as it is shown: in two halves. */
export const formatUserCode = (code: string): string =>
  `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`

/** The code that somebody typed, whatever case and punctuation they chose; nothing if it is none. */
export function parseUserCode(typed: string): string | undefined {
  const code = typed.replace(/[\s\p{Dash}._·]/gu, '').toUpperCase()
  return USER_CODE.test(code) ? code : undefined
}
