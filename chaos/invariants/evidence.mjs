/**
 * What invariants are checked on: the log of operations and the database after everything is quiet.
 *
 * @typedef {{
 *   operations: object[],      // as clients/http.mjs records them
 *   tables: { codes: object[], families: object[], events: object[] },
 *   crashes?: object[],        // exits that nobody asked for
 *   lossy?: boolean,           // whether connections may have been lost
 *   outages?: { start: number, end: number, ops: string[] }[],
 *   acknowledged?: { id: string, at: number }[],  // revocations that somebody was told of
 *   usage?: { name: string, before: number, after: number }[],
 *   leaks?: { canary: number, file: string }[] | undefined,
 *   log?: { ok: boolean, detail: string },
 * }} Evidence
 */

/** Groups a list by what a function says of each. */
export function groupBy(list, keyOf) {
  const groups = new Map()
  for (const each of list) {
    const key = keyOf(each)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [each])
    else group.push(each)
  }
  return groups
}

export const isOk = ({ outcome }) => outcome === 'ok'

export const ofKind = ({ operations }, ...kinds) =>
  operations.filter(({ op }) => kinds.includes(op))

/** The events of the log, each with its fields. */
export const eventsOf = ({ tables }, ...types) =>
  tables.events
    .filter(({ type }) => types.includes(type))
    .map(({ event }) => (typeof event === 'string' ? JSON.parse(event) : event))

/** The events that begin a family. */
export const BEGINNINGS = ['code.redeemed', 'device.redeemed']
