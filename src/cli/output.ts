/**
 * What the terminal shows: for people on a terminal, for machines with `--json`.
 *
 * @module
 */

import { once } from 'node:events'
import { inspect, styleText } from 'node:util'
import { ConfigError, WarderError } from '../errors.ts'
import { redact } from '../vault/redactor.ts'

type Style = Parameters<typeof styleText>[0]

/** Colour only for people: on a terminal, and not where `NO_COLOR` asks for none. */
const isColourful = (stream: NodeJS.WriteStream) =>
  stream.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb'

/** Text in a style, if standard output shows styles. */
export const styled = (style: Style, text: string): string =>
  isColourful(process.stdout) ? styleText(style, text) : text

/** Whoever reads what is printed may go away; that is no reason to leave something half done. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}

/** Prints a line of the answer. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** What a terminal would obey, or a person not see; not the line breaks of our own. */
const UNSEEN = /(?!\n)[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** What strangers wrote, on one line and in plain sight: each character that hides is named. */
export const visible = (text: string): string => named(text).replaceAll('\n', '\\n')

const named = (text: string) =>
  text.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)

/** Tells of what happens, where logs go: without secrets, whoever wrote them into it. */
export function tell(text: string): void {
  process.stderr.write(`${named(redact(text))}\n`)
}

/** Prints the answer for machines, and for a terminal that it is sent to. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2).replace(UNSEEN, escaped))
}

/** Prints a line among many, when whoever reads them is ready for it. */
export async function printOneOfMany(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
}

/** A value as one line of JSON, fit for a terminal too. */
export const jsonLine = (value: unknown): string => JSON.stringify(value).replace(UNSEEN, escaped)

/** As JSON has it. */
const escaped = (character: string) =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

/** Prints rows under headings, as wide as their content. */
export function printTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...rows.map((row) => (row[i] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  print(styled('dim', line(headings)))
  for (const row of rows) print(line(row))
}

/** A moment, to the minute, in UTC. */
export const formatTime = (milliseconds: number | null): string =>
  milliseconds === null ? '–' : new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')

/** Tells what went wrong and how to mend it. */
export function tellError(error: unknown): void {
  process.stderr.write(isColourful(process.stderr) ? `${styleText('red', 'error')} ` : 'error ')
  tell(describe(error))
}

/** The stack, and what caused it, only for what nobody foresaw. */
function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.message
  if (error instanceof WarderError) {
    return `${error.message}${error.detail === undefined ? '' : ` (${error.detail})`}`
  }
  return inspect(error, { depth: 4, maxStringLength: 2_000 })
}
