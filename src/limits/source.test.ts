import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientAddress, sourceKey } from './source.ts'

describe('The key of a source', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:C000:0207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['', 'unknown'],
    ['localhost', 'unknown'],
    ['_hidden', 'unknown'],
    ['192.0.2.7, 192.0.2.8', 'unknown'],
    [undefined, 'unknown'],
  ])('of %s is %s', (address, key) => {
    expect(sourceKey(address)).toBe(key)
  })

  it('can be as wide as what a household is given', () => {
    expect(sourceKey('2001:db8:1:2ff::1', 56)).toBe('2001:db8:1:200::/56')
    expect(sourceKey('192.0.2.7', 56)).toBe('192.0.2.7')
  })

  it('is itself the key of itself', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (address) => {
        expect(sourceKey(sourceKey(address))).toBe(sourceKey(address))
      }),
    )
  })

  it('is the same wherever in a /64 an address lies', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16))
    const host = fc.tuple(group, group, group, group).map((groups) => groups.join(':'))
    fc.assert(
      fc.property(host, (rest) => {
        expect(sourceKey(`2001:db8:1:2:${rest}`)).toBe('2001:db8:1:2::/64')
      }),
    )
  })
})

describe('The address of a client', () => {
  const trustedProxies = ['10.0.0.0/8', '2001:db8:ffff::/48', '203.0.113.9']
  const behind = (remoteAddress: string | undefined, forwardedFor: string | null) =>
    clientAddress({ remoteAddress, forwardedFor, trustedProxies })

  it.each([
    ['no proxy', '198.51.100.1', null, '198.51.100.1'],
    ['a stranger who forwards', '198.51.100.1', '192.0.2.7', '198.51.100.1'],
    ['one proxy', '10.0.0.1', '192.0.2.7', '192.0.2.7'],
    ['a proxy in IPv4-mapped form', '::ffff:10.0.0.1', '192.0.2.7', '192.0.2.7'],
    ['a spoofed hop before the proxy', '10.0.0.1', '1.1.1.1, 192.0.2.7', '192.0.2.7'],
    ['two proxies', '10.0.0.1', '1.1.1.1, 192.0.2.7, 203.0.113.9', '192.0.2.7'],
    ['a trusted address spoofed far off', '10.0.0.1', '10.0.0.2, 192.0.2.7', '192.0.2.7'],
    ['IPv6 hops', '2001:db8:ffff::1', '2001:DB8:1::7', '2001:db8:1::7'],
    ['a port after IPv4', '10.0.0.1', '192.0.2.7:4711', '192.0.2.7'],
    ['a port after IPv6', '10.0.0.1', '[2001:db8:1::7]:4711', '2001:db8:1::7'],
    ['IPv4 within IPv6 in full', '10.0.0.1', '0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['only proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['a hop that cannot be read', '10.0.0.1', '192.0.2.7, unknown', '10.0.0.1'],
    ['an empty header', '10.0.0.1', '', '10.0.0.1'],
  ])('with %s', (_, remoteAddress, forwardedFor, address) => {
    expect(behind(remoteAddress, forwardedFor)).toBe(address)
  })

  it('is not known without a socket, whatever the header says', () => {
    expect(behind(undefined, '192.0.2.7')).toBeUndefined()
  })
})
