/**
 * Where a PostgreSQL server is and how to reach it, read from a URL as libpq has them.
 *
 * Two of libpq's ways to ask for encryption are left out on purpose: `prefer` and `allow` leave it to
 * the network whether there is any. And where nothing is said of it, a server that is not on this
 * computer must prove who it is; libpq would take any.
 *
 * @see {@link https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING | Connection strings}
 * @module
 */

import { readFile } from 'node:fs/promises'
import type { ConnectionOptions } from 'node:tls'
import { ConfigError } from '../../errors.ts'
import { isLoopbackHost } from '../../protocol/uri.ts'

/** What it takes to connect. */
export interface Address {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string | undefined
  readonly database: string
  readonly ssl: ConnectionOptions | false
  readonly applicationName: string
  /** Settings for the session, as `-c name=value`. */
  readonly options: string
  /** Whether a PgBouncer hands each transaction to another session, so that a session keeps nothing. */
  readonly isPooled: boolean
}

const known = [
  'host',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'application_name',
  'options',
  'pgbouncer',
] as const

type Parameters = Partial<Record<(typeof known)[number], string>>

/**
 * Reads a URL such as `postgres://user:password@db.example.com/warder?sslmode=verify-full`.
 *
 * @throws {ConfigError} if it cannot be understood. It never repeats the URL, which may hold a
 * password.
 */
export async function parseAddress(text: string): Promise<Address> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.hash !== '') throw wrong('is not a URL.', EXAMPLE)
  const parameters = parametersOf(url)
  const user = decoded(url.username)
  const host = parameters.host ?? decoded(url.hostname).replace(/^\[(.*)\]$/, '$1')
  if (host === '') throw wrong('names no host.', EXAMPLE)
  if (host.includes(',')) throw wrong('names several hosts.', 'Name the one that writes go to.')
  if (user === '') throw wrong('names no user.', EXAMPLE)
  return {
    host,
    port: url.port === '' ? 5432 : Number(url.port),
    user,
    password: url.password === '' ? undefined : decoded(url.password),
    database: decoded(url.pathname.slice(1)) || user,
    ssl: await encryption(host, parameters),
    applicationName: parameters.application_name ?? 'warder',
    options: parameters.options ?? '',
    isPooled: isTrue(parameters.pgbouncer),
  }
}

const EXAMPLE = 'Write “postgres://USER:PASSWORD@HOST/DATABASE”.'

const wrong = (problem: string, hint: string) => new ConfigError('store.url', problem, hint)

function parametersOf(url: URL): Parameters {
  const parameters: Record<string, string> = {}
  for (const [name, value] of url.searchParams) {
    if (!known.some((each) => each === name)) {
      throw wrong(`has a parameter “${name}”.`, `Known are: ${known.join(', ')}.`)
    }
    if (Object.hasOwn(parameters, name)) throw wrong(`has “${name}” twice.`, 'Leave one out.')
    parameters[name] = value
  }
  return parameters
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrong('has a “%” that stands for nothing.', 'Write “%25” for a percent sign.')
  }
}

function isTrue(flag: string | undefined): boolean {
  if (flag === undefined || flag === 'false') return false
  if (flag === 'true') return true
  throw wrong('has a “pgbouncer” that is neither true nor false.', 'Leave it out, or write true.')
}

/** What TLS must show for each `sslmode`; `false` is none. */
async function encryption(
  host: string,
  parameters: Parameters,
): Promise<ConnectionOptions | false> {
  const isNear = host.startsWith('/') || host === '::1' || isLoopbackHost(host)
  const mode = parameters.sslmode ?? (isNear ? 'disable' : 'verify-full')
  if (mode === 'disable') return false
  const ca = await fileOf(parameters.sslrootcert)
  const certificate = {
    ...(ca !== undefined && { ca }),
    ...optional('cert', await fileOf(parameters.sslcert)),
    ...optional('key', await fileOf(parameters.sslkey)),
  }
  if (mode === 'verify-full') return { ...certificate, rejectUnauthorized: true }
  const chainOnly = {
    ...certificate,
    rejectUnauthorized: true,
    checkServerIdentity: () => undefined,
  }
  if (mode === 'verify-ca') return chainOnly
  // As libpq does: who names an authority wants it asked.
  if (mode === 'require')
    return ca === undefined ? { ...certificate, rejectUnauthorized: false } : chainOnly
  throw wrong(
    'has an “sslmode” that does not say whether the server must prove who it is.',
    'Use verify-full; or verify-ca, require (encrypted, to whomever) or disable.',
  )
}

const optional = (name: 'cert' | 'key', value: string | undefined) =>
  value === undefined ? {} : { [name]: value }

async function fileOf(path: string | undefined): Promise<string | undefined> {
  if (path === undefined || path === 'system') return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new ConfigError('store.url', `names ${path}, which cannot be read.`, String(cause))
  }
}
