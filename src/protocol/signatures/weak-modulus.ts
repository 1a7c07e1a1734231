/**
 * RSA moduli that can be factored because of how their primes were made.
 *
 * Two faults were found in keys that are in use. Infineon's smart cards and TPMs made primes of so few
 * forms that their product tells (ROCA, CVE-2017-15361). Other libraries took the second prime from
 * right behind the first (CVE-2022-26320), where Fermat's method finds it. Certificate authorities must
 * refuse both; so does whoever verifies with a key of somebody else.
 *
 * Left out on purpose: factors that two keys share, for which all keys there are would have to be known;
 * small factors, which no program is known to make.
 *
 * @see {@link https://doi.org/10.1145/3133956.3133969 | The Return of Coppersmith’s Attack}
 * @see {@link https://eprint.iacr.org/2023/026 | Fermat Factorization in the Wild}
 * @see {@link https://cabforum.org/working-groups/server/baseline-requirements/requirements/#6113-subscriber-key-pair-generation | Baseline Requirements §6.1.1.3}
 * @module
 */

/** Whether a modulus of 2048 bits or more, the most significant byte first, gives its factors away. */
export function isWeakModulus(modulus: Uint8Array): boolean {
  return isOfRocaForm(modulus) || hasClosePrimes(toNumber(modulus))
}

/**
 * The primes are k·M + (65537^a mod M), where M is the product of the first primes: for keys of 2048 bits
 * the first 126 of them, for longer keys more. So modulo each of these, the modulus is a power of 65537;
 * of other keys, hardly one in 2^160 is.
 */
const GENERATOR = 65_537
const LAST_PRIME = 701

function isOfRocaForm(modulus: Uint8Array): boolean {
  for (let prime = 3; prime <= LAST_PRIME; prime += 2) {
    if (isPrime(prime) && !isPowerOfGenerator(residue(modulus, prime), prime)) return false
  }
  return true
}

function isPrime(odd: number): boolean {
  for (let divisor = 3; divisor * divisor <= odd; divisor += 2) {
    if (odd % divisor === 0) return false
  }
  return true
}

function residue(bytes: Uint8Array, divisor: number): number {
  return bytes.reduce((rest, byte) => (rest * 256 + byte) % divisor, 0)
}

function isPowerOfGenerator(value: number, prime: number): boolean {
  let power = 1
  do {
    if (power === value) return true
    power = (power * GENERATOR) % prime
  } while (power !== 1)
  return false
}

/** As many steps of Fermat’s method as certificate authorities must take. */
const ROUNDS = 100

/** Numbers that tell most others from squares: what a square can be modulo each. */
const sieves = [64, 63, 65, 11, 17, 19, 23, 31].map((divisor) => ({
  divisor,
  squares: new Set(Array.from({ length: divisor }, (_, root) => root ** 2 % divisor)),
}))

/**
 * Fermat: if the primes are close, their mean is little more than the root of the modulus, and its square
 * exceeds the modulus by a square.
 */
function hasClosePrimes(modulus: bigint): boolean {
  const floor = root(modulus)
  const rests = sieves.map(({ divisor, squares }) => ({
    ...{ divisor, squares },
    modulus: Number(modulus % BigInt(divisor)),
    floor: Number(floor % BigInt(divisor)),
  }))
  // The floor itself, and from there up.
  for (let round = 0; round <= ROUNDS; round++) {
    const mayBeSquare = rests.every(({ divisor, squares, ...rest }) =>
      squares.has(((rest.floor + round) ** 2 + divisor - rest.modulus) % divisor),
    )
    if (mayBeSquare && isSquare((floor + BigInt(round)) ** 2n - modulus)) return true
  }
  return false
}

const isSquare = (value: bigint): boolean => root(value) ** 2n === value

/** The whole part of a square root, by Newton’s method from above. */
function root(value: bigint): bigint {
  if (value < 2n) return value
  let found = 1n << BigInt(2 * value.toString(16).length)
  for (;;) {
    const next = (found + value / found) >> 1n
    if (next >= found) return found
    found = next
  }
}

const toNumber = (bytes: Uint8Array): bigint =>
  BigInt(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`)
