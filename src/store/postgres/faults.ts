/**
 * What the errors of PostgreSQL and of the way to it mean.
 *
 * @see {@link https://www.postgresql.org/docs/current/errcodes-appendix.html | Error codes}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import type { Fault } from '../sql/fault.ts'
import { UNDONE } from './single-statement.ts'

/** Codes, or their first two characters, and what they mean. */
const faults: Readonly<Record<string, Fault>> = {
  23505: 'taken', // unique_violation
  42710: 'taken', // duplicate_object, and the next: “if not exists” says so if two create at once
  '42P07': 'taken', // duplicate_table
  40001: 'busy', // serialization_failure; what CockroachDB and YugabyteDB say for “try again”, too
  '40P01': 'busy', // deadlock_detected
  40003: 'away', // statement_completion_unknown
  '08': 'away', // connection exceptions
  28: 'away', // not let in
  '3D': 'away', // there is no such database
  25006: 'away', // read_only_sql_transaction: a standby
  '25P03': 'away', // idle_in_transaction_session_timeout
  53: 'away', // disk, memory or connections are used up
  55: 'away', // a lock could not be had in time; the database is being dropped
  57: 'away', // cancelled by statement_timeout, shut down, starting up
  58: 'away', // the disk fails
}

/**
 * What an error means. What is none of the server's comes from the way to it, and is an outage too,
 * unless it is a mistake of ours.
 */
export function faultOf(error: unknown): Fault | undefined {
  const code = serverCode(error)
  if (code === undefined) return isMistake(error) ? undefined : 'away'
  return faults[code] ?? faults[code.slice(0, 2)]
}

const isMistake = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof RangeError

/** The code of an error that the server sent; undefined if it came from elsewhere. */
export function serverCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  // Errors of the network have a code too, but no severity.
  const isServers = 'severity' in error && 'code' in error && typeof error.code === 'string'
  return isServers ? String(error.code) : undefined
}

/** Whether the connection still knows where it is: what the server refuses leaves it usable. */
export const isUsableAfter = (error: unknown): boolean => {
  const fault = faultOf(error)
  return serverCode(error) !== undefined && (fault !== 'away' || isCancelled(error))
}

const isCancelled = (error: unknown): boolean =>
  ['57014', '55P03'].includes(serverCode(error) ?? '')

/**
 * Whether a statement that was prepared returns other columns than it did, because a newer release
 * has added one. It has done nothing.
 */
export const isOutdated = (error: unknown): boolean =>
  serverCode(error) === '0A000' && /cached plan/.test(String(error))

/** Whether it is a {@link SingleStatements | single statement}'s own way to undo what it did. */
export const isUndone = (error: unknown): boolean =>
  serverCode(error) === UNDONE && /a change missed/.test(String(error))

/**
 * An error without what it tells of the row in question: its message may repeat a value, and its
 * details do.
 */
export function withoutValues(error: unknown): unknown {
  const code = serverCode(error)
  if (code === undefined) return error
  const message = code.startsWith('22') ? 'a value was refused' : String(error)
  return Object.assign(new Error(`PostgreSQL, ${code}: ${message}`), { code, severity: 'ERROR' })
}

const settingFaults: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  28000: ['names a user whom the server does not let in.', 'See its pg_hba.conf.'],
  '28P01': ['has a user name or a password that the server refuses.', 'Check both.'],
  '3D000': ['names a database that is not there.', 'Create it, or name another.'],
}

/** What an error says of what the user may do, if it does. */
export function privilegeFault(error: unknown): ConfigError | undefined {
  if (serverCode(error) !== '42501') return undefined
  return new ConfigError(
    'store.url',
    'names a user who may not do what is needed.',
    'Let it read and change the tables, and create them; or run “warder migrate” as one who may.',
    { detail: String(error), cause: error },
  )
}

/** The mistake in the settings that an error of connecting points at, if it does. */
export function settingsFault(error: unknown): ConfigError | undefined {
  const [problem, hint] = settingFaults[serverCode(error) ?? ''] ?? encryptionFault(error) ?? []
  if (problem === undefined) return undefined
  return new ConfigError('store.url', problem, hint)
}

function encryptionFault(error: unknown): readonly [problem: string, hint: string] | undefined {
  if (/does not support SSL/.test(String(error))) {
    return [
      'asks for TLS, which the server does not speak.',
      'Turn it on at the server, or add “?sslmode=disable” if nobody else is on the network between.',
    ]
  }
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : ''
  if (!/CERT|SIGNATURE|ALTNAME/.test(String(code))) return undefined
  return [
    `names a server whose certificate cannot be trusted (${code}).`,
    'Name its authority with “sslrootcert=FILE”, and the server as its certificate does.',
  ]
}
