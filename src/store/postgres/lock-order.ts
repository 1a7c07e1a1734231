/**
 * The order in which rows are locked: the same for everyone, so that no two writers wait for each
 * other.
 *
 * @module
 */

import type { Step } from '../sql/statement.ts'

/** Finds the parameter that the key is compared with. */
const KEY = /"id" = \$(\d+)/

/**
 * The same steps, where those that follow each other and do the same to different rows come in the
 * order of their keys. Nothing else changes places: a change sees those before it.
 */
export function inLockOrder(steps: readonly Step[]): readonly Step[] {
  return runsOf(steps).flatMap((run) => {
    const keys = run.map(keyOf)
    const areDistinct = !keys.includes(undefined) && new Set(keys).size === keys.length
    return areDistinct ? run.sort((a, b) => compare(keyOf(a), keyOf(b))) : run
  })
}

/** The steps, with those together that follow each other and have one text. */
function runsOf(steps: readonly Step[]): readonly Step[][] {
  const runs: Step[][] = []
  for (const step of steps) {
    const run = runs.at(-1)
    if (run?.[0]?.sql === step.sql) run.push(step)
    else runs.push([step])
  }
  return runs
}

function keyOf({ sql, parameters }: Step): string | undefined {
  const at = KEY.exec(sql)?.[1]
  return at === undefined ? undefined : String(parameters[Number(at) - 1])
}

const compare = (a = '', b = ''): number => (a < b ? -1 : 1)
