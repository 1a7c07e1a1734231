/**
 * Makes a stdio server's stderr fit for a log: obvious secrets are taken out, and nothing in it can
 * drive the terminal that shows it.
 *
 * A safety net, not a promise: a secret that looks like any other word stays, unless it was
 * configured. Each pattern reads a character a bounded number of times, however hostile the line.
 *
 * @module
 */

const REDACTED = '[redacted]'

/** A secret shorter than this is also part of ordinary words. */
const MIN_SECRET_LENGTH = 8

/** A block whose end never comes must not swallow the log for ever. */
const MAX_PEM_LINES = 200

/** In this order: a header's value may hold blanks, so it goes before what ends at one. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/((?:authorization|cookie)["']?\s*[=:]\s*["']?)[^"']+/gi, `$1${REDACTED}`],
  [/\b(bearer)(\s+|%20|\+)[\w.~+/=-]+/gi, `$1$2${REDACTED}`],
  [/w(?:dr|rt)_[\w-]+/g, REDACTED],
  // A JWT starts with base64url of `{"`.
  [/eyJ[\w.-]{8,}/g, REDACTED],
  [/(:\/\/)[^\s/@]+@/g, `$1${REDACTED}@`],
  [
    /((?:token|secret|pass(?:word|wd|phrase)|(?:api|private|access)[_-]?key)["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi,
    `$1${REDACTED}`,
  ],
]

/** Takes the secrets out of a log that is read line by line. */
export class LogRedactor {
  readonly #secrets: readonly string[]
  #pemLinesLeft = 0

  /** @param secrets - Values the server was given, and might print. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets
      .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
      .sort((a, b) => b.length - a.length)
  }

  /** What may be shown of a line; undefined if it is the inside of a PEM block. */
  redact(line: string): string | undefined {
    const outside = this.#withoutPem(line)
    if (outside === undefined) return undefined
    let text = outside
    for (const secret of this.#secrets) text = text.replaceAll(secret, REDACTED)
    for (const [pattern, replacement] of patterns) text = text.replace(pattern, replacement)
    return escapeControls(text)
  }

  #withoutPem(line: string): string | undefined {
    if (this.#pemLinesLeft > 0) {
      this.#pemLinesLeft = line.includes('-----END ') ? 0 : this.#pemLinesLeft - 1
      return undefined
    }
    const begin = line.indexOf('-----BEGIN ')
    if (begin === -1) return line
    if (!line.includes('-----END ', begin)) this.#pemLinesLeft = MAX_PEM_LINES
    return line.slice(0, begin) + REDACTED
  }
}

/** Writes out what a terminal would obey: control, bidirectional and other invisible characters. */
function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}
