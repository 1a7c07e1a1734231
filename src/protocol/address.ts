/**
 * Which addresses of the internet may be contacted on a stranger's word.
 *
 * Only what is globally routable counts: everything in the special-purpose registries is refused,
 * and so is every IPv6 form that carries an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo,
 * ISATAP), because a gateway on the way may deliver it to that address.
 *
 * @see {@link https://www.iana.org/assignments/iana-ipv4-special-registry | IANA IPv4 special-purpose addresses}
 * @see {@link https://www.iana.org/assignments/iana-ipv6-special-registry | IANA IPv6 special-purpose addresses}
 * @module
 */

import ipaddr from 'ipaddr.js'

/** The only block that IPv6 unicast addresses are given out from (RFC 4291 §2.4). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Whether a textual address is globally routable.
 *
 * Only canonical IPv4 text counts as an address: systems disagree about `010.0.0.1` and `127.1`.
 */
export function isPublicAddress(text: string): boolean {
  // A zone id names a link of this machine.
  if (text.includes('%') || !ipaddr.isValid(text)) return false
  const address = ipaddr.parse(text)
  if (address.range() !== 'unicast') return false
  if (address instanceof ipaddr.IPv4) return address.toString() === text
  return address.match(GLOBAL_UNICAST) && !isIsatap(address)
}

/** An interface identifier that embeds an IPv4 address ({@link https://www.rfc-editor.org/rfc/rfc5214#section-6.1 | RFC 5214 §6.1}). */
function isIsatap(address: ipaddr.IPv6): boolean {
  const [high, low] = address.parts.slice(4, 6)
  return (high === 0 || high === 0x200) && low === 0x5efe
}
