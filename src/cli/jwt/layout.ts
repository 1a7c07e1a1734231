/**
 * Lines as wide as the terminal: a table whose last column may be anything, and text that is wrapped.
 *
 * What comes in has passed `visible`, so that no character in it moves the cursor.
 *
 * @module
 */

import { styled } from '../output.ts'

/** How wide lines may be. A terminal that does not know says 0. */
export const lineWidth = (columns = process.stdout.columns): number =>
  Math.min(Math.max(columns || 80, 30), 110)

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** How many cells of the terminal a character takes. */
function cellsOf(character: string): number {
  if (WIDE.test(character)) return 2
  return /\p{M}/u.test(character) ? 0 : 1
}

const cellsOfText = (text: string) =>
  [...text].reduce((cells, character) => cells + cellsOf(character), 0)

/** Breaks text into lines, between words where there are any. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let [line, used] = ['', 0]
  const end = () => {
    lines.push(line)
    line = ''
    used = 0
  }
  for (const word of text.split(' ')) {
    const space = line === '' ? 0 : 1
    const cells = cellsOfText(word)
    if (used + space + cells <= width) {
      line += ' '.repeat(space) + word
      used += space + cells
      continue
    }
    if (line !== '') end()
    for (const character of word) {
      if (used + cellsOf(character) > width) end()
      line += character
      used += cellsOf(character)
    }
  }
  end()
  return lines
}

/** What stands before a text, and how many cells it takes, whatever its colour. */
export interface Label {
  readonly text: string
  readonly cells: number
}

/** A text beside its label, in as many lines as it needs. */
export const labelled = (label: Label, text: string, width: number): readonly string[] =>
  wrap(text, width - label.cells).map((line, i) =>
    i === 0 ? label.text + line : ' '.repeat(label.cells) + line,
  )

/** A row: a name, what it means in few words, and what it says in any number of lines. */
export interface Row {
  readonly name: string
  readonly meaning: string
  readonly lines: readonly string[]
  readonly style?: 'red' | 'yellow' | 'dim'
}

const MARGIN = 2
/** Longer names have a line of their own. */
const WIDEST_NAME = 14
/** From here on there is room for three columns. */
const ROOMY = 64

/** Lays rows out: three columns where there is room, otherwise the value below. */
export function table(rows: readonly Row[], width = lineWidth()): readonly string[] {
  const widest = (of: (row: Row) => number) => Math.max(0, ...rows.map(of))
  const names = widest(({ name }) => (cellsOfText(name) > WIDEST_NAME ? 0 : cellsOfText(name)))
  const meanings = widest(({ meaning }) => meaning.length)
  const isRoomy = width >= ROOMY
  const start = MARGIN + names + 2 + (isRoomy && meanings > 0 ? meanings + 2 : 0)
  return rows.flatMap((row) => {
    const label = labelOf(row, names)
    const values = row.lines
      .flatMap((line) => wrap(line, width - start))
      .map((line) => (row.style === undefined ? line : styled(row.style, line)))
    const first = label.cells + 2 <= start
    const [value = '', ...more] = values
    const rest = first ? more : values
    const gap = ' '.repeat(Math.max(0, start - label.cells))
    return [
      (first ? `${label.text}${gap}${value}` : label.text).trimEnd(),
      ...rest.map((line) => `${' '.repeat(start)}${line}`),
    ]
  })
}

function labelOf({ name, meaning }: Row, names: number): Label {
  const padding = ' '.repeat(Math.max(0, names - cellsOfText(name)))
  const after = meaning === '' ? '' : `${padding}  ${styled('dim', meaning)}`
  const cells =
    MARGIN + cellsOfText(name) + (meaning === '' ? 0 : padding.length + 2 + meaning.length)
  return { text: `${' '.repeat(MARGIN)}${styled('bold', name)}${after}`, cells }
}
