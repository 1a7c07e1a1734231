import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { compactVerify, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { createSigner, type SigningAlgorithm, signingAlgorithms } from './sign-jwt.ts'

const keyPairs: Readonly<
  Record<SigningAlgorithm, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>
> = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  EdDSA: generateKeyPairSync('ed25519'),
}

const signerOf = (alg: SigningAlgorithm) =>
  createSigner({ kid: 'key-1', alg, key: keyPairs[alg].privateKey })

describe('Signing a token', () => {
  it.each(signingAlgorithms)('%s verifies with jose, and says its key and type', async (alg) => {
    const claims = { sub: 'alice', scope: 'notes:read', text: 'Grüße, 世界 🔑' }
    for (const type of ['at+jwt', 'JWT'] as const) {
      const token = signerOf(alg).sign(type, claims)
      expect(decodeProtectedHeader(token)).toEqual({ alg, typ: type, kid: 'key-1' })
      const { payload } = await compactVerify(token, keyPairs[alg].publicKey, { algorithms: [alg] })
      expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(claims)
    }
  })

  it.each(signingAlgorithms)('%s does not verify once a byte of it is another', async (alg) => {
    const [header = '', payload = '', signature = ''] = signerOf(alg)
      .sign('JWT', { sub: 'alice' })
      .split('.')
    const other = Buffer.from(JSON.stringify({ sub: 'mallory' })).toString('base64url')
    const bytes = Buffer.from(signature, 'base64url')
    bytes.writeUInt8(bytes.readUInt8(5) ^ 1, 5)
    for (const forged of [
      `${header}.${other}.${signature}`,
      `${header}.${payload}.${bytes.toString('base64url')}`,
    ]) {
      const attempt = compactVerify(forged, keyPairs[alg].publicKey, { algorithms: [alg] })
      await expect(attempt).rejects.toThrow()
    }
  })
})
