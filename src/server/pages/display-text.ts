/**
 * Words that others chose, made fit to be read: client names, scope descriptions, account names.
 *
 * Escaping is JSX's work and keeps markup out. This keeps out what escaping lets through: text that
 * turns the line around, hides in it, climbs out of it or never ends.
 *
 * @module
 */

/** How much of a text is shown, in code points, unless a place says otherwise. */
const LONGEST = 60

/** Line ends, tabs and every width of space: all become one space. */
const SPACES = /[\p{Cc}\p{Z}]+/gu

/** Bidirectional controls, zero-width characters, fillers, lone surrogates and private characters. */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Cs}\p{Co}\u2800]+/gu

/** More marks on one letter than any script needs climb over the lines above and below. */
const STACKED_MARKS = /(\p{M}{3})\p{M}+/gu

/** Makes a text one calm line of at most `longest` code points; may come back empty. */
export function displayText(text: string, longest = LONGEST): string {
  // A longer text is cut before it is worked on, so that its length costs nothing.
  const line = text
    .slice(0, longest * 16)
    .replace(UNSEEN, '')
    .normalize('NFC')
    .replace(STACKED_MARKS, '$1')
    .replace(SPACES, ' ')
    .trim()
  const characters = Array.from(line)
  return characters.length <= longest ? line : `${characters.slice(0, longest - 1).join('')}…`
}
