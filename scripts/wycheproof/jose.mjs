/** What JSON Web Algorithms makes of the parameters of a group of vectors. */

/** ECDSA has one hash function for each curve. */
export const CURVES = { secp256r1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }

/** Hash functions, and the bytes that they make: as many as the salt has. */
const PSS_HASHES = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 }

/** Bytes of the salt that JOSE asks for; nothing for a hash that it has not. */
export const saltBytes = ({ sha }) => PSS_HASHES[sha]

/** The algorithm of a signature; for a hash that JOSE has not, one that must refuse it. */
export const pssAlgorithm = ({ sha }) => `PS${sha in PSS_HASHES ? sha.slice(4) : 256}`

/** Bits of a whole MAC; the vectors have some that are cut in half. */
export const macBits = ({ algorithm }) => Number(algorithm.replace('HMACSHA', ''))

/** The algorithm of a MAC. */
export const macAlgorithm = (group) => `HS${macBits(group)}`

/** Whether JOSE has it: if not, what is valid by itself is to be refused all the same. */
export function isJose(group) {
  const { type, sha, mgfSha, sLen, tagSize } = group
  if (type === 'RsassaPssVerify') return mgfSha === sha && saltBytes(group) === sLen
  return type !== 'MacTest' || tagSize === macBits(group)
}
