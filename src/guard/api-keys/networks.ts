/**
 * Networks that a key may be used from, and whether an address is in one.
 *
 * Addresses are read here and not by a library, because `warder/guard` loads none; a test holds this
 * reading against one. Written strictly: an IPv4 address has four decimal parts without leading zeros.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc4632#section-3.1 | RFC 4632 §3.1} (CIDR)
 * @see {@link https://www.rfc-editor.org/rfc/rfc4291#section-2.2 | RFC 4291 §2.2} (IPv6)
 * @module
 */

/** The eight groups of an IPv6 address; IPv4 is mapped into it. */
type Groups = readonly number[]

/** A network: an address and how many of its bits count. */
export interface Network {
  readonly groups: Groups
  readonly bits: number
}

const IPV4_BITS = 96

/** A network or a single address; nothing if it is neither. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', length, ...more] = text.split('/')
  const groups = parseAddress(address)
  if (groups === undefined || more.length > 0) return undefined
  if (length === undefined) return { groups, bits: 128 }
  if (!/^(?:0|[1-9]\d{0,2})$/.test(length)) return undefined
  const bits = Number(length) + (address.includes(':') ? 0 : IPV4_BITS)
  return bits <= 128 ? { groups, bits } : undefined
}

/** Whether an address is in one of the networks; what is no address is in none. */
export function isWithin(address: string | undefined, networks: readonly Network[]): boolean {
  const groups = address === undefined ? undefined : parseAddress(withoutZone(address))
  return groups !== undefined && networks.some((network) => contains(network, groups))
}

function contains({ groups, bits }: Network, address: Groups): boolean {
  // `::/0` is all of IPv6, and not IPv4 because that is written within it here.
  if (bits < IPV4_BITS && isIpv4(address)) return false
  return groups.every((group, i) => {
    const counting = Math.min(16, Math.max(0, bits - i * 16))
    return group >>> (16 - counting) === (address[i] ?? 0) >>> (16 - counting)
  })
}

const isIpv4 = (groups: Groups) =>
  groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)

/** `fe80::1%eth0` is an address and where it was heard. */
const withoutZone = (address: string) => address.split('%', 1)[0] ?? ''

/** The longest spelling of an address. */
const MAX_CHARS = 45

function parseAddress(text: string): Groups | undefined {
  if (text.length > MAX_CHARS) return undefined
  if (!text.includes(':')) {
    const ipv4 = parseIpv4(text)
    return ipv4 && [0, 0, 0, 0, 0, 0xffff, ...ipv4]
  }
  const [before = '', after, ...more] = text.split('::')
  if (more.length > 0 || (after !== undefined && before.includes('.'))) return undefined
  const head = parseGroups(before)
  if (head === undefined || after === undefined) return head?.length === 8 ? head : undefined
  const tail = parseGroups(after)
  // `::` stands for at least one group.
  const missing = 8 - head.length - (tail?.length ?? 8)
  if (tail === undefined || missing < 1) return undefined
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail]
}

/** Groups between colons, the last two of which may be written as an IPv4 address. */
function parseGroups(text: string): Groups | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const last = parts.at(-1) ?? ''
  const ending = last.includes('.') ? parseIpv4(last) : []
  if (ending === undefined) return undefined
  const words = ending.length === 0 ? parts : parts.slice(0, -1)
  if (!words.every((word) => /^[\da-f]{1,4}$/i.test(word))) return undefined
  return [...words.map((word) => Number.parseInt(word, 16)), ...ending]
}

function parseIpv4(text: string): Groups | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part)))
    return undefined
  const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number)
  return Math.max(a, b, c, d) > 255 ? undefined : [a * 256 + b, c * 256 + d]
}
