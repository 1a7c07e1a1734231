/**
 * What is different between two definitions of a tool, in lines for a person.
 *
 * The text is a stranger's and is there to be believed by a model, so nothing in it stays hidden.
 *
 * @module
 */

import { differingMembers } from '../gateway/index.ts'
import { canonicalJson } from '../protocol/index.ts'
import { visible } from './output.ts'

type Definition = Readonly<Record<string, unknown>>

/** A line that is gone, that is new, or that tells where. */
export interface DiffLine {
  readonly mark: '-' | '+' | ' '
  readonly text: string
}

/** The lines that differ, member by member. */
export const diffLines = (before: Definition, after: Definition): readonly DiffLine[] =>
  differingMembers(before, after).flatMap((member): DiffLine[] => {
    const [gone, fresh] = withoutCommonEnds(linesOf(before[member]), linesOf(after[member]))
    return [
      { mark: ' ', text: member },
      ...gone.map((text) => ({ mark: '-' as const, text })),
      ...fresh.map((text) => ({ mark: '+' as const, text })),
    ]
  })

/** Text by its own lines, everything else as JSON with members in one order. */
function linesOf(value: unknown): readonly string[] {
  if (value === undefined) return []
  const text =
    typeof value === 'string' ? value : JSON.stringify(JSON.parse(canonicalJson(value)), null, 2)
  return text.split('\n').map(visible)
}

function withoutCommonEnds(
  before: readonly string[],
  after: readonly string[],
): readonly [readonly string[], readonly string[]] {
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before[start] === after[start]) start++
  let end = 0
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end++
  return [before.slice(start, before.length - end), after.slice(start, after.length - end)]
}
