/**
 * A decoded token, for people and for machines.
 *
 * @module
 */

import { jsonLine, styled, visible } from '../output.ts'
import type { Inspected, Members } from './compact.ts'
import { concealed } from './concealed.ts'
import type { Finding } from './finding.ts'
import { findings } from './findings.ts'
import { labelled, type Row, table, wrap } from './layout.ts'
import { algorithms, claims, dates, headerMembers, mediaType, types } from './registered.ts'
import { absoluteTime, dateMistake, numericDate, relativeTime } from './times.ts'

/** When it is, in seconds, and how wide lines may be. */
interface Showing {
  readonly now: number
  readonly width: number
}

/** A token as a table. */
export function decodedText(token: Inspected, { now, width }: Showing): readonly string[] {
  const heading = (name: string, size: string) => ['', `${styled('bold', name)}  ${size}`]
  const { sizes } = token
  const found = findings(token, now)
  return [
    ...introduction(token, width),
    ...heading('HEADER', `${sizes.header} bytes`),
    ...table(headerRows(token), width),
    ...heading(token.kind === 'signed' ? 'CLAIMS' : 'CIPHERTEXT', `${sizes.payload} bytes`),
    ...(token.claims === undefined ? hidden(token) : table(claimRows(token.claims, now), width)),
    ...heading(
      token.kind === 'signed' ? 'SIGNATURE' : 'TAG',
      `${sizes.signature} bytes, not shown`,
    ),
    ...(found.length === 0 ? [] : ['', ...found.flatMap((each) => findingLines(each, width))]),
  ]
}

function introduction({ kind, text, sizes }: Inspected, width: number): readonly string[] {
  const size = `${text.length} characters`
  if (kind === 'encrypted') {
    return [
      `${styled('bold', 'ENCRYPTED TOKEN (JWE)')}  ${size}`,
      ...wrap(
        'Only whoever has the key can read what is in it. It is for one reader; Warder issues no such token, and its guards take none.',
        width,
      ),
    ]
  }
  const warning = 'Nothing here was verified. To check it: warder jwt verify --help'
  return [
    `${styled('bold', `${sizes.signature === 0 ? 'UNSIGNED' : 'SIGNED'} TOKEN (JWT)`)}  ${size}`,
    ...wrap(warning, width).map((line) => styled('yellow', line)),
  ]
}

const hidden = ({ kind }: Inspected) => [
  `  ${styled('dim', kind === 'signed' ? 'no JSON object, not shown' : 'not readable here')}`,
]

function headerRows({ kind, header }: Inspected): readonly Row[] {
  return Object.entries(concealed(header)).map(([name, value]) => {
    const isKeyWrapping = kind === 'encrypted' && name === 'alg'
    return {
      name: shownName(name),
      meaning: isKeyWrapping ? 'how its key comes' : (headerMembers.get(name) ?? ''),
      lines: linesOf(value).map((line) => `${line}${explained(name, value)}`),
    }
  })
}

function explained(name: string, value: unknown): string {
  const words = name === 'alg' ? algorithms.get(String(value)) : undefined
  const type = name === 'typ' ? types.get(mediaType(value) ?? '') : undefined
  return (words ?? type) === undefined ? '' : ` (${words ?? type})`
}

const claimRows = (members: Members, now: number): readonly Row[] =>
  Object.entries(concealed(members)).map(([name, value]) => {
    const row = { name: shownName(name), meaning: claims.get(name) ?? '' }
    return dates.has(name)
      ? { ...row, ...dateOf(name, value, now) }
      : { ...row, lines: linesOf(value) }
  })

/** A date in words: what that means now, then when it is. */
function dateOf(name: string, value: unknown, now: number): Pick<Row, 'lines' | 'style'> {
  const at = numericDate(value)
  if (at === undefined) {
    return { lines: [...linesOf(value), `is ${dateMistake(value)}`], style: 'red' }
  }
  const { past = '', future = '' } = dates.get(name) ?? {}
  const words = `${at > now ? future : past} ${relativeTime(at, now)}`.trim()
  const lines = [`${words}, ${absoluteTime(at)}`]
  if (name === 'exp') return at > now ? { lines } : { lines, style: 'red' }
  return at > now ? { lines, style: 'yellow' } : { lines }
}

/** What is shown of one value; the rest is for `--json`. */
const MOST_SHOWN = 500
const MOST_LINES = 20
const MORE = '(more with --json)'
const LONGEST_NAME = 60

const shownName = (name: string) => {
  const shown = visible(name)
  return shown.length > LONGEST_NAME ? `${shown.slice(0, LONGEST_NAME)}…` : shown
}

/** Text as it is, a list of texts a line each, everything else as JSON. */
function linesOf(value: unknown): readonly string[] {
  const isList = Array.isArray(value) && value.every((each) => typeof each === 'string')
  const texts = isList ? value : [value]
  const lines = texts.map((each) => (typeof each === 'string' ? textLine(each) : jsonLine(each)))
  return shortened(lines)
}

/** Spaces at an end cannot be seen without quotes. */
const textLine = (text: string) =>
  text !== '' && text.trim() === text ? visible(text) : visible(JSON.stringify(text))

function shortened(lines: readonly string[]): readonly string[] {
  const kept: string[] = []
  let left = MOST_SHOWN
  for (const line of lines) {
    if (kept.length === MOST_LINES) return [...kept, MORE]
    if (line.length > left) return [...kept, `${line.slice(0, left)}…`, MORE]
    kept.push(line)
    left -= line.length + 1
  }
  return kept.length === 0 ? ['[]'] : kept
}

function findingLines({ level, sentence }: Finding, width: number): readonly string[] {
  const word = level === 'fault' ? styled('red', 'wrong') : styled('yellow', 'look ')
  return labelled({ text: `${word}  `, cells: 7 }, sentence, width)
}

/** A token for programs: what it says, without signature and secrets. */
export function decodedJson(token: Inspected, now: number): Readonly<Record<string, unknown>> {
  const expires = numericDate(token.claims?.exp)
  return {
    verified: false,
    kind: token.kind,
    characters: token.text.length,
    bytes: token.sizes,
    header: concealed(token.header),
    ...(token.claims === undefined ? {} : { claims: concealed(token.claims) }),
    ...(expires === undefined ? {} : { expired: expires <= now, expiresIn: expires - now }),
    findings: findings(token, now),
  }
}
