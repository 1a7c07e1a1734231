/**
 * Where a Redis is, read from its URL. No message repeats any of it: it may hold a password.
 *
 * @see {@link https://www.iana.org/assignments/uri-schemes/prov/redis | the redis scheme}
 * @see {@link https://www.iana.org/assignments/uri-schemes/prov/rediss | the rediss scheme}
 * @module
 */

import { ConfigError } from '../../errors.ts'

/** Where a Redis is, and how to be let in. */
export interface RedisLocation {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
}

/** The setting that all of this comes from. */
export const REDIS_SETTING = 'limits.url'

const FORM = 'Write “redis://USER:PASSWORD@HOST:PORT/DATABASE”, or “rediss://…” with TLS.'

/** @throws {ConfigError} if it is not the URL of a Redis. */
export function parseRedisUrl(text: string): RedisLocation {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isRedis = url?.protocol === 'redis:' || url?.protocol === 'rediss:'
  const path = /^\/?(\d{0,4})$/.exec(url?.pathname ?? '')
  if (url === undefined || !isRedis || url.hostname === '' || path === null) {
    throw new ConfigError(REDIS_SETTING, 'is not the URL of a Redis.', FORM)
  }
  if (url.search !== '' || url.hash !== '') {
    throw new ConfigError(REDIS_SETTING, 'has a part after “?” or “#”, which means nothing.', FORM)
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || 6379),
    tls: url.protocol === 'rediss:',
    username: decoded(url.username),
    password: decoded(url.password),
    database: Number(path[1] || 0),
  }
}

function decoded(text: string): string | undefined {
  if (text === '') return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    // The error itself would repeat the text.
    throw new ConfigError(REDIS_SETTING, 'has a “%” that encodes nothing.', 'Write “%” as “%25”.')
  }
}
