/**
 * What secrets look like in text: one row a shape.
 *
 * The rows are tried together, from left to right, so what a row may look at is bounded: it takes all
 * of a run of characters or none of it, and no row looks for an end that another could look for again.
 * That keeps the whole linear, however hostile the text. Letters match in either case.
 *
 * @module
 */

import { secretPrefixes } from './prefixes.ts'

/** One shape of a secret. Patterns are sources of regular expressions, without capturing groups. */
export interface Detector {
  /** Shown in the place of the secret. */
  readonly type: string
  /** What stands before the secret, and stays. */
  readonly before?: string
  readonly secret: string
  /** What only looks like a secret, and stays too. */
  unless?(secret: string): boolean
}

/** What stands in the place of a secret that was taken out. */
export const MARK = String.raw`\[redacted:[a-z-]{1,20}:[\da-f]{8}\]`

const any = (...alternatives: readonly string[]) => `(?:${alternatives.join('|')})`

/** A quote, as deep in JSON within JSON as logs have it. */
const QUOTE = String.raw`\\{0,4}["']`

const SPACE = String.raw`\s{0,4}`

/** Between a name and its value where both may be quoted: JSON, and how Node prints objects. */
const COLON = `(?:${QUOTE})?${SPACE}:${SPACE}`

/** Between a name and its value in a query, a form, a shell or `.env`. */
const EQUALS = any(`${SPACE}=${SPACE}`, '%3D')

/** A quoted text after its opening quote: to its closing one, or to the end of the line. */
const QUOTED = (group: string) => String.raw`(?:(?!\k<${group}>)(?:\\[^]|[^\r\n\\]))+`

const SCHEME = any('bearer', 'basic', 'dpop')

const PASSWORD = 'pass(?:word|wd|phrase)'

/** Ends of the names that secrets go by, so that `client_secret` and `DB_PASSWORD` are known too. */
const SECRET_NAME = any(
  'token',
  'secret',
  'assertion',
  PASSWORD,
  'code_verifier',
  'device_code',
  'oauth_(?:signature|verifier)',
  '(?:api|private|access|account)[_-]?key',
)

/** `Bearer token required` tells of a credential; it has none. */
const isWord = (text: string) => /^[A-Z]?[a-z]{0,24}[.!?)]?$/.test(text)

/** `ERR_HTTP2_STREAM_ERROR` is a code too, and so is `not_found`. */
const isErrorCode = (text: string) => /^[A-Z\d_]+$|^\D+$/.test(text)

/** Not in the middle of a word, or of an id in base64url; an escaped line break before it is neither. */
const START = String.raw`(?:(?<![\w-])|(?<=\\[nrt]))`

/** The shapes. Where two fit at one place, the first does. */
export const detectors: readonly Detector[] = [
  {
    type: 'private-key',
    // A block that never ends is taken to the end of the text.
    secret:
      '-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z ]{0,40}-----|$)',
  },
  {
    type: 'header',
    before: `(?:authorization|cookie)(?:${QUOTE})?${SPACE}[:=,]${SPACE}(?:(?:\\[${SPACE})?${QUOTE})?`,
    secret: String.raw`[^\s"'\\][^"'\r\n\\]*`,
  },
  {
    type: 'secret',
    before: `${SECRET_NAME}${any(COLON, EQUALS)}(?:\\[${SPACE})?(?<quote>${QUOTE})`,
    secret: QUOTED('quote'),
  },
  {
    type: 'secret',
    before: `${SECRET_NAME}${EQUALS}(?:${SCHEME}(?:\\s|%20|\\+))?`,
    secret: String.raw`[^\s"'&,;]+`,
  },
  {
    type: 'secret',
    before: `${PASSWORD}${COLON}`,
    secret: String.raw`[^\s"'&,;\[]+`,
  },
  {
    type: 'secret',
    before: `${SECRET_NAME}${COLON}(?:${SCHEME}\\s)?`,
    secret: String.raw`[^\s"'&,;(){}[\]]+`,
    unless: isWord,
  },
  {
    type: 'code',
    before: `(?:[?&#]|%3F|%26)code(?:=|%3D)`,
    secret: String.raw`[^\s"'&,;#]+`,
  },
  {
    type: 'code',
    before: `\\bcode${any(COLON, EQUALS)}(?:${QUOTE})?`,
    secret: String.raw`[\w.~/+%-]{16,}`,
    unless: isErrorCode,
  },
  {
    type: 'credentials',
    // What follows may also be a challenge: `Bearer realm="…"`.
    before: `\\b${SCHEME}(?:\\s{1,4}|%20|\\+)(?![\\w-]{2,24}=[^=\\s,;&])`,
    secret: '[\\w.~+/-]+={0,2}',
    unless: isWord,
  },
  {
    type: 'url',
    before: '://',
    // Nothing with a mark in it: that may have taken out the slash that said where the host ended.
    secret: String.raw`(?:(?!${MARK})[^\s/@"'<>?#]){1,256}(?=@)`,
  },
  {
    type: 'jwk',
    before: `(?<![\\w-])(?:d|p|q|dp|dq|qi|k)${COLON}${QUOTE}`,
    secret: '[\\w-]{16,}',
  },
  {
    type: 'jwt',
    before: START,
    secret: String.raw`eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)*`,
  },
  {
    type: 'warder',
    secret: String.raw`${any(...Object.values(secretPrefixes))}[\w-]{16,}(?:\.[\w-]+)*`,
  },
  {
    type: 'cloud',
    before: START,
    secret: any(
      String.raw`(?:AKIA|ASIA)[A-Z\d]{16}\b`,
      String.raw`AIza[\w-]{35}`,
      String.raw`GOCSPX-[\w-]{20,}`,
      String.raw`ya29\.[\w-]{20,}`,
      String.raw`gh[opsru]_[A-Za-z\d]{30,}`,
      String.raw`github_pat_\w{22,}`,
      String.raw`glpat-[\w-]{20,}`,
      String.raw`npm_[A-Za-z\d]{30,}`,
      String.raw`xox[abeoprs]-[\w-]{10,}`,
      String.raw`[rs]k_(?:live|test)_\w{16,}`,
      String.raw`sk-[\w-]{20,}`,
    ),
  },
]
