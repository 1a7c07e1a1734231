/** RSA keys whose private half whoever knows how they were made can find. */

import { generateKeyPairSync } from 'node:crypto'
import { base64url } from 'jose'
import { describe, expect, it } from 'vitest'
import { ConfigError, createGuard } from 'warder/guard'
import { ISSUER, RESOURCE } from './fixtures/issuer.ts'
import {
  bytesOfModulus,
  closePrimesModulus,
  firstPrimes,
  primorial,
  randomBits,
  rocaModulus,
} from './support/weak-keys.ts'

/** Whether no guard is made with a modulus. */
function isWeak(modulus: bigint): boolean {
  const n = base64url.encode(bytesOfModulus(modulus))
  const keys = { jwk: { kty: 'RSA', n, e: 'AQAB' } }
  try {
    createGuard({ issuer: ISSUER, resource: RESOURCE, keys, algorithms: ['RS256'] })
    return false
  } catch (error) {
    if (error instanceof ConfigError && error.path === 'keys.jwk') return true
    throw error
  }
}

describe('RFC 8725 §3.5 RSA keys that can be factored because of how they were made', () => {
  it('refuses primes that are neighbours', () => {
    expect(isWeak(closePrimesModulus())).toBe(true)
  })

  it('refuses two primes that are one', () => {
    expect(isWeak((3n * 2n ** 1022n + 1155n) ** 2n)).toBe(true)
  })

  it('CVE-2017-15361 refuses the primes of the cards that made few of them', () => {
    expect(isWeak(rocaModulus())).toBe(true)
  })

  it('such a key is told by all the primes that can tell', () => {
    const modulus = rocaModulus()
    // Other than it modulo one prime, where most other numbers are no powers of 65537 either.
    const isWeakBut = (prime: bigint) => isWeak(modulus - primorial / prime)
    expect(firstPrimes.slice(0, 30).map(isWeakBut)).toContain(false)
    expect(firstPrimes.slice(-30).map(isWeakBut)).toContain(false)
  })

  it('takes a key as it should be made', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { n = '' } = publicKey.export({ format: 'jwk' })
    expect(isWeak(BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`))).toBe(false)
  })

  it.each([2048, 3072, 4096])('takes products of %i bits of numbers by chance', (bits) => {
    const odd = () => randomBits(bits / 2) | 1n | (3n << BigInt(bits / 2 - 2))
    for (let time = 0; time < 20; time++) expect(isWeak(odd() * odd())).toBe(false)
  })

  it('tries a hundred steps of Fermat’s method', () => {
    const mean = 3n * 2n ** 1022n + 0x5bd1e995n
    // Half the distance of the factors for which the mean is so many steps above the root.
    const distance = (steps: bigint) => root(2n * mean * steps + mean)
    const modulusAfter = (steps: bigint) => mean ** 2n - distance(steps) ** 2n
    for (const steps of [0n, 1n, 42n, 99n]) {
      expect(mean - (root(modulusAfter(steps)) + 1n)).toBe(steps)
      expect(isWeak(modulusAfter(steps))).toBe(true)
    }
    expect(isWeak(modulusAfter(100n))).toBe(false)
  })
})

function root(value: bigint): bigint {
  let [low, high] = [0n, value]
  while (low < high) {
    const middle = (low + high + 1n) >> 1n
    if (middle ** 2n > value) high = middle - 1n
    else low = middle
  }
  return low
}
