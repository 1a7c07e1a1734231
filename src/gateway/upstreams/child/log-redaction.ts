/**
 * Makes a stdio server's stderr fit for a log: secrets are taken out, and nothing in it can drive the
 * terminal that shows it.
 *
 * What looks like a secret is known to the vault. Here it is read line by line, which cuts PEM blocks
 * into lines that look like nothing; and the server's own settings are known, which may look like any
 * other word.
 *
 * @module
 */

import { redact } from '../../../vault/redactor.ts'

const REDACTED = '[redacted]'

/** A secret shorter than this is also part of ordinary words. */
const MIN_SECRET_LENGTH = 8

/** A block whose end never comes must not swallow the log for ever. */
const MAX_PEM_LINES = 200

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
    return escapeControls(redact(text))
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
