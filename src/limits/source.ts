/**
 * Where a request came from, and which bucket that fills.
 *
 * Only `X-Forwarded-For` is read; the `Forwarded` header of RFC 7239 is left out, because the
 * proxies in use do not send it and a second header is a second way to be fooled.
 *
 * @module
 */

import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** What is known about where a request came from. */
export interface Arrival {
  /** The address of the socket's other end. */
  readonly remoteAddress: string | undefined
  /** The `X-Forwarded-For` header; several are joined with commas. */
  readonly forwardedFor: string | null | undefined
  /** Addresses and CIDR ranges of proxies whose word is taken. */
  readonly trustedProxies: readonly string[]
}

/**
 * The address of the client: the nearest hop that is not one of our proxies.
 *
 * Each trusted hop vouches for the one before it and no further, so what a client writes into the
 * header itself is never reached.
 */
export function clientAddress(arrival: Arrival): string | undefined {
  const { remoteAddress, forwardedFor, trustedProxies } = arrival
  let nearest = parseAddress(remoteAddress)
  if (trustedProxies.length === 0) return nearest?.toString()
  const ranges = rangesOf(trustedProxies)
  const hops = (forwardedFor ?? '').split(',')
  while (nearest !== undefined && isWithin(nearest, ranges)) {
    const hop = parseAddress(withoutPort(hops.pop()?.trim()))
    // A hop that cannot be read ends the chain: the proxy that wrote it is all that is known.
    if (hop === undefined) break
    nearest = hop
  }
  return nearest?.toString()
}

/**
 * Whether an address is that of a proxy whose word is taken.
 *
 * @throws {Error} if a range is neither an address nor a CIDR range.
 */
export function isTrustedProxy(
  address: string | undefined,
  trustedProxies: readonly string[],
): boolean {
  const parsed = parseAddress(address)
  return parsed !== undefined && isWithin(parsed, rangesOf(trustedProxies))
}

/**
 * The bucket of an address: an IPv4 address, or the network an IPv6 address is in, because its
 * holder has all of that. Whoever has no address shares one bucket. The key of a key is itself.
 *
 * @param prefix - 64 for one network, 56 for what a provider hands to one household.
 */
export function sourceKey(address: string | undefined, prefix: 64 | 56 = 64): string {
  const parsed = parseAddress(address?.split('/', 1)[0])
  if (parsed === undefined) return 'unknown'
  if (parsed instanceof ipaddr.IPv4) return parsed.toString()
  const network = parsed.toByteArray().map((byte, index) => (index < prefix / 8 ? byte : 0))
  return `${new ipaddr.IPv6(network).toString()}/${prefix}`
}

/** Peers come again and again, and to read an address costs more than to remember it. */
const remembered = new Map<string, Address | undefined>()
const REMEMBERED = 1_000

/** An address in any spelling. IPv4 within IPv6 is IPv4, and a zone is dropped. */
function parseAddress(text: string | undefined): Address | undefined {
  if (text === undefined || text.length > MAX_CHARS) return undefined
  if (remembered.has(text)) return remembered.get(text)
  const [bare = ''] = text.split('%', 1)
  const address = ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined
  if (remembered.size >= REMEMBERED) remembered.clear()
  remembered.set(text, address)
  return address
}

/** An IPv6 address that ends in an IPv4 one, and a zone. */
const MAX_CHARS = 100

type Range = readonly [network: Address, bits: number]

/** A list stands in the settings and is asked about with every request, so it is read once. */
const rangesRead = new WeakMap<readonly string[], readonly Range[]>()

function rangesOf(trustedProxies: readonly string[]): readonly Range[] {
  const read = rangesRead.get(trustedProxies) ?? trustedProxies.map(parseRange)
  rangesRead.set(trustedProxies, read)
  return read
}

function parseRange(range: string): Range {
  if (range.includes('/')) return ipaddr.parseCIDR(range)
  const address = ipaddr.process(range)
  return [address, address instanceof ipaddr.IPv4 ? 32 : 128]
}

function isWithin(address: Address, ranges: readonly Range[]): boolean {
  return ranges.some(
    ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
  )
}

/** What some proxies add to an address. */
const PORT_AFTER_IPV4 = /^([\d.]+):\d+$/
const BRACKETED_IPV6 = /^\[([^\]]*)\](?::\d+)?$/

function withoutPort(hop: string | undefined): string | undefined {
  return PORT_AFTER_IPV4.exec(hop ?? '')?.[1] ?? BRACKETED_IPV6.exec(hop ?? '')?.[1] ?? hop
}
