import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  bytesOfModulus,
  closePrimesModulus,
  firstPrimes,
  primorial,
  randomBits,
  rocaModulus,
} from '../../../spec/support/weak-keys.ts'
import { isWeakModulus } from './weak-modulus.ts'

const isWeak = (modulus: bigint) => isWeakModulus(bytesOfModulus(modulus))

describe('isWeakModulus', () => {
  it('sees primes that are neighbours', () => {
    expect(isWeak(closePrimesModulus())).toBe(true)
  })

  it('sees two primes that are one', () => {
    expect(isWeak((2n ** 1023n + 1155n) ** 2n)).toBe(true)
  })

  it('sees the primes of the cards that made few of them', () => {
    for (let time = 0; time < 3; time++) expect(isWeak(rocaModulus())).toBe(true)
  })

  it('is told by each of the primes that can tell', () => {
    const modulus = rocaModulus()
    // Other than it modulo one prime, where most other numbers are no powers of 65537 either.
    const isWeakBut = (prime: bigint) => isWeak(modulus - primorial / prime)
    expect(firstPrimes.slice(0, 30).map(isWeakBut)).toContain(false)
    expect(firstPrimes.slice(-30).map(isWeakBut)).toContain(false)
  })

  it('lets pass a key as it should be made', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { n = '' } = publicKey.export({ format: 'jwk' })
    expect(isWeakModulus(Buffer.from(n, 'base64url'))).toBe(false)
  })

  it.each([2048, 3072, 4096])('lets pass products of %i bits of numbers by chance', (bits) => {
    const odd = () => randomBits(bits / 2) | 1n | (3n << BigInt(bits / 2 - 2))
    for (let time = 0; time < 20; time++) expect(isWeak(odd() * odd())).toBe(false)
  })

  it('takes a hundred steps of Fermat’s method', () => {
    const mean = 2n ** 1023n + 0x5bd1e995n
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
