/**
 * E-mail addresses as account names: one spelling each.
 *
 * Whether an address can receive mail is left out: only sending to it tells.
 *
 * @module
 */

/** RFC 5321 §4.5.3.1.3, less the angle brackets. */
const LONGEST = 254

/** Something on both sides of one `@`. Quoted local parts are not taken. */
const SHAPE = /^[^@\s]+@[^@\s]+$/

/** Controls, and characters that do not show: they make two names look like one. */
const UNSEEN = /\p{C}/u

/**
 * The one spelling of an address, or undefined if it is none.
 *
 * Compatibility forms and case are folded without regard to locale, so that `ADA@example.com`
 * and a full-width `ａda@example.com` are one account.
 */
export function normalizeEmail(input: string): string | undefined {
  if (input.length > 4 * LONGEST) return undefined
  const email = input.normalize('NFKC').toLowerCase().normalize('NFKC').trim()
  if (email.length > LONGEST || UNSEEN.test(email) || !SHAPE.test(email)) return undefined
  return email
}

/** The mailbox of an address: `ada+tag@example.com` and `ada@example.com` are one person's. */
export function mailboxOf(email: string): string {
  const at = email.lastIndexOf('@')
  const plus = email.indexOf('+')
  return plus > 0 && plus < at ? email.slice(0, plus) + email.slice(at) : email
}
