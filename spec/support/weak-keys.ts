/**
 * RSA moduli whose factors can be found, made as the programs made them that were found out.
 *
 * @see {@link https://doi.org/10.1145/3133956.3133969 | The Return of Coppersmith’s Attack}
 * @see {@link https://eprint.iacr.org/2023/026 | Fermat Factorization in the Wild}
 */

import { checkPrimeSync, generatePrimeSync, randomBytes } from 'node:crypto'

/** A number of at most so many bits. */
export const randomBits = (bits: number): bigint =>
  BigInt(`0x${randomBytes(bits / 8).toString('hex')}`)

/** The primes up to 701, the first 126. */
export const firstPrimes: readonly bigint[] = Array.from({ length: 700 }, (_, at) => at + 2)
  .filter((n, _, all) => all.every((divisor) => divisor * divisor > n || n % divisor !== 0))
  .map(BigInt)

/** Their product. */
export const primorial = firstPrimes.reduce((product, prime) => product * prime, 1n)

/** A modulus of 2048 bits whose second prime is the next one after the first. */
export function closePrimesModulus(): bigint {
  const first = generatePrimeSync(1024, { bigint: true })
  let second = first + 2n
  while (!checkPrimeSync(second)) second += 2n
  return whole(first * second) ?? closePrimesModulus()
}

/** A modulus that has all its bits. */
const whole = (modulus: bigint) => (modulus >> 2047n === 1n ? modulus : undefined)

/** A modulus of 2048 bits as the cards made it that CVE-2017-15361 is about. */
export function rocaModulus(): bigint {
  return whole(rocaPrime() * rocaPrime()) ?? rocaModulus()
}

/** k·M + (65537^a mod M), of 1024 bits. */
function rocaPrime(): bigint {
  const half = 2n ** 1023n / primorial
  for (;;) {
    const factor = half + (randomBits(64) % half)
    const prime = factor * primorial + power(65_537n, randomBits(64), primorial)
    if (prime >> 1023n === 1n && checkPrimeSync(prime)) return prime
  }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let [square, rest] = [base, exponent]; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = square ** 2n % modulus
  }
  return result
}

/** A whole number, the most significant byte first. */
export const bytesOfModulus = (modulus: bigint): Uint8Array =>
  Uint8Array.from(Buffer.from(modulus.toString(16), 'hex'))
