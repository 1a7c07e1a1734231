import { describe, expect, it } from 'vitest'
import { createGuard } from '../../guard/index.ts'
import { serviceOf } from './service.ts'

const guard = createGuard({ issuer: 'https://as.test', resource: 'https://api.test/' })

describe('What an adapter is given', () => {
  it('may be a guard alone', () => {
    expect(serviceOf(guard)).toEqual({ guard, trustedProxies: [], origins: [] })
  })

  it.each(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1'])('trusts %s', (range) => {
    expect(serviceOf({ guard, trustedProxies: [range] }).trustedProxies).toEqual([range])
  })

  it.each(['', 'loopback', '*', '10.0.0.0/64', '10.0.0.0/', 'proxy.test', 'true'])(
    'does not take %j for a proxy',
    (range) => {
      const service = { guard, trustedProxies: ['10.0.0.0/8', range] }
      expect(() => serviceOf(service)).toThrow('trustedProxies.1: must be an address')
    },
  )

  it.each([
    '*',
    'null',
    'app.test',
    'https://app.test/',
    'https://APP.test',
    'https://*.app.test/a',
  ])('does not take %j for an origin', (origin) => {
    expect(() => serviceOf({ guard, origins: [origin] })).toThrow('origins.0: must be an origin')
  })
})
