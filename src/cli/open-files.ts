/**
 * How many connections a process may have, from how many files it may have open.
 *
 * One that has no file left cannot open its own: a database, a program, a module. So some are kept
 * back, and whoever connects beyond is turned away at once instead.
 *
 * @module
 */

import { readFileSync } from 'node:fs'

/** Beyond this there are other bounds. */
const MOST = 10_000
/** What is kept back: the store, Redis, servers behind, logs, and what Node itself has open. */
const KEPT_BACK = 48
/** What there must be room for, if there is room for anything. */
const LEAST = 8

/** The connections that this process may have. */
export function connectionsAllowed(limits = readLimits()): number {
  const found = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
  if (found === undefined) return MOST
  return Math.min(MOST, Math.max(LEAST, Number(found) - KEPT_BACK))
}

/** Only Linux says it in a file; elsewhere the bound is the one that holds for all. */
function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return ''
  }
}
