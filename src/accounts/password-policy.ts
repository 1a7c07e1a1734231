/**
 * Which passwords are accepted.
 *
 * Rules of composition and forced changes are left out on purpose: they make passwords worse.
 *
 * @see {@link https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver | NIST SP 800-63B-4, passwords}
 * @module
 */

import { OAuthError } from '../errors.ts'
import type { Secret } from '../vault/index.ts'
import { commonWords } from './common-words.ts'

const LONGEST = 1024

/** Characters that must be left when every word that is easy to guess is taken out. */
const LEAST_UNGUESSABLE = 8

/** Fewer different characters than this are a pattern, however long. */
const LEAST_DIFFERENT = 5

/**
 * A password in the one form that is hashed and compared.
 *
 * Normalised, so that it is the same from every keyboard; never cut, so that every character
 * counts. Its length is bounded before anything is computed from it.
 *
 * @throws {OAuthError} `invalid_request` if it is empty or longer than 1024 characters.
 */
export function parsePassword(password: Secret<string>): string {
  const text = password.reveal('bringing it into the form that is hashed')
  // A character is at most two code units, so a huge text is refused without being walked.
  if (text === '' || text.length > 2 * LONGEST || [...text].length > LONGEST) {
    throw new OAuthError('invalid_request', `A password has 1 to ${LONGEST} characters.`)
  }
  return text.normalize('NFKC')
}

/** What a new password is held against. */
export interface PasswordContext {
  readonly minLength: number
  /** The account's normalised address. */
  readonly email: string
  /** Words that are easy to guess at this service. */
  readonly contextWords: readonly string[]
}

/**
 * Refuses a new password that is short or easy to guess. Takes the parsed form.
 *
 * @throws {OAuthError} `invalid_request` with what to do instead.
 */
export function checkNewPassword(password: string, context: PasswordContext): void {
  const { minLength } = context
  if ([...password].length < minLength) {
    const hint = 'Several unrelated words are easy to remember.'
    throw new OAuthError('invalid_request', `Use at least ${minLength} characters. ${hint}`)
  }
  const folded = password.toLowerCase()
  const rest = wordsToAvoid(context).reduce((text, word) => text.replaceAll(word, ''), folded)
  if ([...rest].length < LEAST_UNGUESSABLE || new Set(rest).size < LEAST_DIFFERENT) {
    throw new OAuthError(
      'invalid_request',
      'This password is among the first that would be tried. Use several unrelated words, without your name or the name of this service.',
    )
  }
}

/** Common words and those of this account; the longest first, so that none hides in another. */
function wordsToAvoid({ email, contextWords }: PasswordContext): readonly string[] {
  const ofAccount = [email, ...email.split(/[@.+_-]/)]
  const ofService = ['warder', ...contextWords.map((word) => word.normalize('NFKC').toLowerCase())]
  return [...ofAccount, ...ofService, ...commonWords]
    .filter((word) => word.length >= 3)
    .sort((a, b) => b.length - a.length)
}
