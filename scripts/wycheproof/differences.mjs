/**
 * Where Warder answers otherwise than the vectors say, on purpose. An entry that no vector needs any
 * more is a fault, so that the list cannot outlive its reasons.
 */

import { macBits, saltBytes } from './jose.mjs'

const isEmptyPayload = ({ jws }) => typeof jws === 'string' && jws.split('.')[1] === ''

export const differences = [
  {
    why: 'RSA keys with an exponent below 65537 are refused (FIPS 186-5 §5.1)',
    covers: ({ test }) => test.flags.includes('SmallPublicKey'),
    isAccepted: false,
  },
  {
    why: 'RSA keys of more than 4096 bits are refused, because of what verifying with them costs',
    covers: ({ group }) => group.type === 'RsassaPkcs1Verify' && group.keySize > 4096,
    isAccepted: false,
  },
  {
    why: 'secrets shorter than the hash are refused (RFC 7518 §3.2)',
    covers: ({ group }) => group.type === 'MacTest' && group.keySize < macBits(group),
    isAccepted: false,
  },
  {
    why: 'the vector is invalid for its own length of salt; it has the one that RFC 7518 §3.5 asks for',
    covers: ({ group, test }) =>
      group.type === 'RsassaPssVerify' && test.comment === `s_len changed to ${saltBytes(group)}`,
    isAccepted: true,
  },
  {
    why: 'a set of keys is public, so a secret in one verifies nothing',
    covers: ({ group }) => group.private?.keys?.every(({ kty }) => kty === 'oct') === true,
    isAccepted: false,
  },
  {
    why: 'a token without a payload makes no claims',
    covers: ({ test }) => isEmptyPayload(test),
    isAccepted: false,
  },
  {
    why: 'the key says that it is for ES521, which is no algorithm (RFC 7518 §3.1)',
    covers: ({ group }) => group.public?.alg === 'ES521',
    isAccepted: false,
  },
  {
    why: 'the key says that it is for PS256, the token is signed with PS384 (RFC 8725 §3.1)',
    covers: ({ group }) => group.comment?.startsWith('rfc7520') && group.public?.alg === 'PS256',
    isAccepted: false,
  },
  {
    why: 'characters that are not of Base64url are refused wherever they stand (RFC 7515 §2)',
    covers: ({ test }) => /^InvalidCharacterInsertedIn(Header|Payload)$/.test(test.comment),
    isAccepted: false,
  },
  {
    why: 'the padding that makes it invalid is missing: it is the text of a valid vector of its group',
    covers: ({ group, test }) =>
      test.jws !== undefined &&
      group.tests.some(({ result, jws }) => result === 'valid' && jws === test.jws),
    isAccepted: true,
  },
]
