/**
 * Signatures as JSON Web Algorithms has them, and the ways in which they can be nearly right.
 *
 * What is nearly right is made here from the documents: paddings by raw RSA, points and scalars by
 * arithmetic. Run once with Node's own cryptography and once with WebCrypto, which must agree.
 */

import {
  constants,
  createHmac,
  createPrivateKey,
  hash,
  type KeyObject,
  privateEncrypt,
  sign,
} from 'node:crypto'
import { type JWK, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createGuard, jwt } from 'warder/guard'
import { fakePlatform } from 'warder/testing'
import { createIssuer, goodClaims, ISSUER, NOW, RESOURCE, requestWith } from './fixtures/issuer.ts'
import { engines, runsOn } from './support/engines.ts'

const SECRET = 'x'.repeat(64)
const publicKeyAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA'],
]

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** What is signed of a good token. */
const inputFor = (alg: string) => `${encode({ alg, typ: 'at+jwt' })}.${encode(goodClaims)}`

/** The status that a guard answers a signature with; 200 if it lets it in. */
async function statusBy(keys: { jwk: JWK } | { secret: string }, alg: string) {
  const kind = jwt({ issuer: ISSUER, keys, algorithms: [alg] })
  const platform = fakePlatform(NOW * 1000)
  const guard = createGuard({ resource: RESOURCE, accept: [kind], platform })
  return async (signature: Uint8Array | string, input = inputFor(alg)) => {
    const text = typeof signature === 'string' ? signature : toText(signature)
    const outcome = await guard.check(requestWith(`Bearer ${input}.${text}`))
    return outcome instanceof Response ? outcome.status : 200
  }
}

const toText = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')

const made = new Map<string, ReturnType<typeof createIssuer>>()

/** Somebody with a key pair for an algorithm, the same each time: making RSA keys takes long. */
function signer(alg: string, name = 'signer') {
  const found = made.get(name + alg) ?? createIssuer('key-1', alg)
  made.set(name + alg, found)
  return found
}

/** The key pair of that signer, the private half for `node:crypto`. */
async function keyPair(alg: string): Promise<{ jwk: JWK; key: KeyObject }> {
  const { publicJwk, privateJwk } = await signer(alg)
  return { jwk: publicJwk, key: createPrivateKey({ key: { ...privateJwk }, format: 'jwk' }) }
}

const toNumber = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)

const toBytes = (value: bigint, length: number) =>
  Buffer.from(
    value
      .toString(16)
      .padStart(2 * length, '0')
      .slice(-2 * length),
    'hex',
  )

/** Every algorithm of §3.1 that is taken, with what it is signed with. */
describe.each(engines)('RFC 7518 §3.1 with %s', (engine) => {
  runsOn(engine)

  it.each(publicKeyAlgorithms)('%s: good signatures are accepted, and no others', async (alg) => {
    const [issuer, other] = [await signer(alg), await signer(alg, 'other')]
    const status = await statusBy({ jwk: issuer.publicJwk }, alg)
    for (let time = 0; time < 2; time++) {
      const [header, payload, signature = ''] = (await issuer.token()).split('.')
      const input = `${header}.${payload}`
      expect(await status(signature, input)).toBe(200)
      const bytes = Buffer.from(signature, 'base64url')
      for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
        const changed = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ 1 : byte))
        expect(await status(changed, input)).toBe(401)
      }
      expect(await status(bytes.subarray(0, -1), input)).toBe(401)
      expect(await status(Buffer.concat([bytes, Buffer.of(0)]), input)).toBe(401)
      expect(await status(Buffer.concat([Buffer.of(0), bytes]), input)).toBe(401)
      expect(await status(new Uint8Array(bytes.length), input)).toBe(401)
      expect(await status(new Uint8Array(bytes.length).fill(255), input)).toBe(401)
      expect(await status('', input)).toBe(401)
      expect(await status(signature, `${input}A`)).toBe(401)
      expect(await status((await other.token()).split('.')[2] ?? '')).toBe(401)
    }
  })

  it.each(['HS256', 'HS384', 'HS512'])('§3.2 %s: the whole MAC, and no other', async (alg) => {
    const status = await statusBy({ secret: SECRET }, alg)
    const mac = createHmac(`sha${alg.slice(2)}`, SECRET)
      .update(inputFor(alg))
      .digest()
    expect(await status(mac)).toBe(200)
    const jose = new SignJWT({ ...goodClaims }).setProtectedHeader({ alg, typ: 'at+jwt' })
    const [header, payload, signature = ''] = (
      await jose.sign(new TextEncoder().encode(SECRET))
    ).split('.')
    expect(await status(signature, `${header}.${payload}`)).toBe(200)
    for (const length of [0, 1, 16, mac.length / 2, mac.length - 1]) {
      expect(await status(mac.subarray(0, length))).toBe(401)
    }
    for (let at = 0; at < mac.length; at++) {
      const changed = Uint8Array.from(mac, (byte, index) => (index === at ? byte ^ 0x80 : byte))
      expect(await status(changed)).toBe(401)
    }
    for (const other of [`${SECRET}x`, SECRET.slice(1), SECRET.toUpperCase()]) {
      const forged = createHmac(`sha${alg.slice(2)}`, other)
        .update(inputFor(alg))
        .digest()
      expect(await status(forged)).toBe(401)
    }
  })

  it.each([
    ['RS256', 'PS256'],
    ['PS256', 'RS256'],
    ['RS256', 'RS512'],
    ['PS384', 'PS256'],
  ])('a key for %s verifies no %s', async (alg, other) => {
    const { jwk, key } = await keyPair(alg)
    const status = await statusBy({ jwk }, alg)
    const padding = other[0] === 'P' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
    const saltLength = Number(other.slice(2)) / 8
    for (const named of [alg, other]) {
      const input = inputFor(named)
      const options = padding === constants.RSA_PKCS1_PADDING ? {} : { saltLength }
      const by = sign(`sha${other.slice(2)}`, Buffer.from(input), { key, padding, ...options })
      expect(await status(by, input)).toBe(401)
    }
  })

  describe('§3.3 RSASSA-PKCS1-v1_5', () => {
    /** DigestInfo of SHA-256, up to the digest. */
    const PREFIX = '3031300d060960864801650304020105000420'

    const digest = hash('sha256', inputFor('RS256'), 'hex')

    /** A padded block of 256 bytes, from its parts in hexadecimal. */
    const block = (info: string, { type = '01', fill = 'ff', tail = '' } = {}) => {
      const length = 253 - (info.length + tail.length) / 2
      return Buffer.from(`00${type}${fill.repeat(length)}00${info}${tail}`, 'hex')
    }

    const variants: Readonly<Record<string, Buffer>> = {
      'without NULL in the algorithm': block(`302f300b06096086480165030402010420${digest}`),
      'with a long length': block(`308131300d060960864801650304020105000420${digest}`),
      'with SHA-1 named': block(`3021300906052b0e03021a05000420${digest}`),
      'with SHA-512 named': block(`3031300d060960864801650304020305000420${digest}`),
      'without DigestInfo': block(digest),
      'with bytes after the digest': block(`${PREFIX}${digest}`, { tail: '00'.repeat(8) }),
      'with padding of block type 2': block(`${PREFIX}${digest}`, { type: '02' }),
      'with padding of block type 0': block(`${PREFIX}${digest}`, { type: '00', fill: '00' }),
      'with padding of another byte': block(`${PREFIX}${digest}`, { fill: 'fe' }),
      'with a short padding and garbage behind': Buffer.concat([
        Buffer.from(`0001${'ff'.repeat(8)}00${PREFIX}${digest}`, 'hex'),
        Buffer.alloc(256 - 11 - 51, 7),
      ]),
      'of another digest': block(`${PREFIX}${digest.replace(/^../, '00')}`),
    }

    it('accepts the block that the document has', async () => {
      const { jwk, key } = await keyPair('RS256')
      const status = await statusBy({ jwk }, 'RS256')
      expect(await status(raw(key, block(`${PREFIX}${digest}`)))).toBe(200)
    })

    it.each(Object.entries(variants))('refuses a block %s', async (_, padded) => {
      const { jwk, key } = await keyPair('RS256')
      const status = await statusBy({ jwk }, 'RS256')
      expect(await status(raw(key, padded))).toBe(401)
    })

    it('refuses numbers beside the modulus', async () => {
      const { jwk, key } = await keyPair('RS256')
      const status = await statusBy({ jwk }, 'RS256')
      const n = toNumber(Buffer.from(jwk.n ?? '', 'base64url'))
      const good = toNumber(raw(key, block(`${PREFIX}${digest}`)))
      for (const value of [0n, 1n, n - 1n, n, n + 1n, n - good]) {
        expect(await status(toBytes(value, 256))).toBe(401)
      }
      expect(await status(toBytes(good + n, 257))).toBe(401)
    })
  })

  describe('§3.5 RSASSA-PSS', () => {
    it.each([
      ['PS256', 32],
      ['PS384', 48],
      ['PS512', 64],
    ])('%s asks for a salt of %i bytes', async (alg, size) => {
      const { jwk, key } = await keyPair(alg)
      const status = await statusBy({ jwk }, alg)
      const withSalt = (saltLength: number) =>
        sign(`sha${alg.slice(2)}`, Buffer.from(inputFor(alg)), {
          ...{ key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
        })
      expect(await status(withSalt(size))).toBe(200)
      for (const other of [0, 20, size - 1, size + 1]) {
        expect(await status(withSalt(other))).toBe(401)
      }
    })
  })

  describe('§3.4 ECDSA', () => {
    it.each([
      ['ES256', 32, 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n],
      [
        'ES384',
        48,
        0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
      ],
      [
        'ES512',
        66,
        0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
      ],
    ])(
      '%s takes R and S of %i bytes below the order, and no other form',
      async (alg, size, order) => {
        const { jwk, key } = await keyPair(alg)
        const status = await statusBy({ jwk }, alg)
        const digestName = `sha${alg.slice(2)}`
        const input = Buffer.from(inputFor(alg))
        const good = sign(digestName, input, { key, dsaEncoding: 'ieee-p1363' })
        expect(await status(good)).toBe(200)
        const [r, s] = [toNumber(good.subarray(0, size)), toNumber(good.subarray(size))]
        const joined = (one: bigint, other: bigint, length = size) =>
          Buffer.concat([toBytes(one, length), toBytes(other, length)])
        // ECDSA has two signatures for each; both say the same of the same key.
        expect(await status(joined(r, order - s))).toBe(200)
        const forged = [
          ...[joined(0n, 0n), joined(0n, s), joined(r, 0n), joined(1n, 1n), joined(1n, 0n)],
          ...[joined(order, order), joined(order, s), joined(r, order), joined(order - r, s)],
          ...[joined(s, r), joined(r, s, size + 1), joined(r, s + 1n), joined(r + 1n, s)],
          ...[sign(digestName, input, { key, dsaEncoding: 'der' }), good.subarray(1)],
          // Where the bytes have room for it.
          ...((r + order) >> BigInt(8 * size) === 0n ? [joined(r + order, s)] : []),
          ...((s + order) >> BigInt(8 * size) === 0n ? [joined(r, s + order)] : []),
        ]
        for (const signature of forged) expect(await status(signature)).toBe(401)
      },
    )
  })

  describe('RFC 8037 §3.1 Ed25519', () => {
    const ORDER = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn

    const reversed = (bytes: Uint8Array) => Uint8Array.from(bytes).reverse()

    it.each(['Ed25519', 'EdDSA'])(
      '%s takes S below the order, and R as it was made',
      async (alg) => {
        const { jwk, key } = await keyPair(alg)
        const status = await statusBy({ jwk }, alg)
        const good = sign(null, Buffer.from(inputFor(alg)), key)
        expect(await status(good)).toBe(200)
        const [r, s] = [good.subarray(0, 32), toNumber(reversed(good.subarray(32)))]
        const withScalar = (scalar: bigint) => Buffer.concat([r, reversed(toBytes(scalar, 32))])
        expect(await status(withScalar(s))).toBe(200)
        for (const scalar of [0n, s + 1n, s + ORDER, s + 2n * ORDER, ORDER, (1n << 256n) - 1n]) {
          expect(await status(withScalar(scalar))).toBe(401)
        }
        const negative = Uint8Array.from(good, (byte, at) => (at === 31 ? byte ^ 0x80 : byte))
        expect(await status(negative)).toBe(401)
        const identity = Buffer.concat([toBytes(1n << 248n, 32), reversed(toBytes(s, 32))])
        expect(await status(identity)).toBe(401)
      },
    )
  })
})

/** The RSA signature of a block, whatever is in it. */
const raw = (key: KeyObject, padded: Buffer) =>
  privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, padded)
