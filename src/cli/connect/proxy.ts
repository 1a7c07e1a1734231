/**
 * The way to the network by a proxy, as the environment names it.
 *
 * @module
 */

import { type NetworkOptions, networkFetch } from '../../client/network-fetch.ts'
import { fetchHttp } from '../../connect/fetch-http.ts'
import type { Http } from '../../connect/http.ts'
import { ConfigError } from '../../errors.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Goes by the proxies of `HTTPS_PROXY` and `HTTP_PROXY`, except to hosts in `NO_PROXY`.
 *
 * @throws {ConfigError} if a proxy is no URL.
 */
export function proxied(direct: Http, env: Env): Http {
  const ways = { 'https:': wayBy(env, 'HTTPS_PROXY'), 'http:': wayBy(env, 'HTTP_PROXY') }
  const excepted = (either(env, 'NO_PROXY') ?? '').split(/[\s,]+/).filter((host) => host !== '')
  return {
    ...direct,
    send(request) {
      const { protocol, hostname, host } = new URL(request.url)
      const way = protocol === 'https:' ? ways['https:'] : ways['http:']
      const isExcepted = excepted.some((each) => covers(each, hostname) || each === host)
      return (isExcepted ? direct : (way ?? direct)).send(request)
    },
  }
}

const either = (env: Env, name: string): string | undefined => env[name.toLowerCase()] ?? env[name]

function wayBy(env: Env, name: string): Http | undefined {
  const proxy = either(env, name)
  if (proxy === undefined || proxy === '') return undefined
  if (!URL.canParse(proxy) || !/^https?:/.test(proxy)) {
    throw new ConfigError(name, 'must be the URL of an HTTP proxy.')
  }
  const options: NetworkOptions = { proxy }
  return fetchHttp(networkFetch(options))
}

/** Whether an entry of `NO_PROXY` is a host or a domain above it. */
function covers(entry: string, hostname: string): boolean {
  if (entry === '*') return true
  const domain = entry.replace(/^\*?\./, '')
  return hostname === domain || hostname.endsWith(`.${domain}`)
}
