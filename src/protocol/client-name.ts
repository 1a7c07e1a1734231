/**
 * Names that strangers gave themselves, made fit to show to people.
 *
 * What cannot be seen is removed, so that a name reads as it is written. Letters of another script
 * that look alike are kept: the name is always shown beside the host, which cannot lie.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-5 | RFC 7591 §5}
 * @module
 */

const MAX_CHARACTERS = 60

/** Control, bidirectional, zero-width, blank, private-use and unassigned characters. */
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Control characters that separate words. */
const BREAK = /[\t\n\v\f\r\u0085]/

/** A name of at most 60 visible characters in NFC on one line; empty if nothing visible is left. */
export function displayName(name: string): string {
  // Cut before normalising, whose cost grows with what a stranger sent.
  const visible = name
    .slice(0, MAX_CHARACTERS * 16)
    .replace(UNSEEN, (character) => (BREAK.test(character) ? ' ' : ''))
  const folded = visible.normalize('NFC').replace(/\s+/g, ' ').trim()
  return [...folded].slice(0, MAX_CHARACTERS).join('').trimEnd()
}
