import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { describe, expect, it } from 'vitest'
import { isWithin, parseNetwork } from './networks.ts'

const address = fc.oneof(
  fc.ipV4(),
  // The library takes `::192.0.2.1`, which nobody writes any more, for the IPv4 address.
  fc.ipV6().filter((text) => !/^::\d+\./.test(text)),
  fc.ipV4().map((ipv4) => `::ffff:${ipv4}`),
)

/** What a library makes of it, IPv4 within IPv6 as IPv4. */
function libraryFinds(remote: string, network: string, bits: number): boolean {
  const [one, other] = [ipaddr.process(remote), ipaddr.process(network)]
  return one.kind() === other.kind() && one.match(other, bits)
}

const isIn = (remote: string | undefined, network: string) => {
  const parsed = parseNetwork(network)
  return parsed !== undefined && isWithin(remote, [parsed])
}

describe('Networks', () => {
  it('hold the addresses that a library says they hold', () => {
    fc.assert(
      fc.property(address, address, fc.nat(128), fc.boolean(), (one, other, nat, isNear) => {
        const kind = ipaddr.process(other).kind()
        const bits = kind === 'ipv4' ? nat % 33 : nat
        // By chance alone two addresses share next to nothing.
        const remote = isNear ? other : one
        const written = other.startsWith('::ffff:') && kind === 'ipv4' ? bits + 96 : bits
        expect(isIn(remote, `${other}/${written}`)).toBe(libraryFinds(remote, other, bits))
      }),
      { numRuns: 2_000 },
    )
  })

  it('are what a library takes for one, or less', () => {
    const mess = fc.string({ unit: fc.constantFrom(...'0123456789abcdf:./%x-'), maxLength: 45 })
    fc.assert(
      fc.property(fc.oneof(mess, address), (text) => {
        if (parseNetwork(text) !== undefined) {
          expect(ipaddr.isValid(text) || ipaddr.isValidCIDR(text)).toBe(true)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  it.each([
    ...['', '10', '10.0.0', '10.0.0.0.0', '010.0.0.1', '256.0.0.1', '1.2.3.4/33', '1.2.3.4/01'],
    ...['::1/129', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1::2::3', '::12345', '1.2.3.4::', ':::'],
    ...['1:2:3:4:5:6:7::8:9', 'fe80::1%eth0', '10.0.0.0/8/8', ' 10.0.0.1', '0x7f.0.0.1', '/8'],
    '1:2:3:4:5:6:7:8::'.repeat(1_000),
  ])('are not “%.40s”', (text) => {
    expect(parseNetwork(text)).toBeUndefined()
  })

  it('hold nothing that is no address', () => {
    for (const remote of [undefined, '', 'unknown', '10.0.0.1:80', '10.0.0.0/8']) {
      expect(isIn(remote, '0.0.0.0/0')).toBe(false)
    }
  })

  it('keep IPv4 and IPv6 apart, however IPv4 is written', () => {
    expect(isIn('::ffff:192.0.2.1', '192.0.2.0/24')).toBe(true)
    expect(isIn('192.0.2.1', '::ffff:192.0.2.0/120')).toBe(true)
    expect(isIn('192.0.2.1', '::/0')).toBe(false)
    expect(isIn('2001:db8::1', '0.0.0.0/0')).toBe(false)
  })
})
