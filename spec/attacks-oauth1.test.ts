/**
 * Attacks on requests signed with OAuth 1.0.
 *
 * Not here: O1-09, because no request tokens are handed out; O1-14, which is a client's.
 */

import { createHmac, generateKeyPairSync } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createGuard, type OAuth1Consumer } from 'warder/guard'
import { oauth1 } from 'warder/guard/credentials'
import {
  importRsaKey,
  type SignatureMethod,
  sharedSecrets,
  signBaseString,
  verifySignature,
} from 'warder/protocol'
import { fakePlatform } from 'warder/testing'
import { otherRsa, pemPair, rsa } from './fixtures/rsa-keys.ts'
import {
  consumer,
  guardedBySignatures,
  NOW,
  RESOURCE,
  type Signing,
  signedHeader,
  signedRequest,
  token,
} from './fixtures/signed-requests.ts'

/** A nonce cache that says what it was asked. */
function recordingReplays() {
  const claimed: string[] = []
  return {
    claimed,
    async claim({ parts }: { readonly parts: readonly string[] }) {
      claimed.push(parts.at(-1) ?? '')
      return true
    },
  }
}

afterEach(() => vi.restoreAllMocks())

describe('O1: who burns nonces', () => {
  it.each<[string, Signing]>([
    ['a wrong signature', { secrets: ['guessed', token.secret] }],
    ['no signature that is base64', { parameters: { oauth_signature: '!' } }],
    ['an unknown consumer', { parameters: { oauth_consumer_key: 'evil', oauth_nonce: 'n' } }],
    ['an unknown token', { parameters: { oauth_token: 'evil' } }],
    ['an old timestamp', { parameters: { oauth_timestamp: String(NOW - 1000) } }],
    ['a method that is not the consumer’s', { signatureMethod: 'HMAC-SHA256' }],
    ['a parameter in two places', { url: `${RESOURCE}?oauth_nonce=n` }],
    ['another version', { parameters: { oauth_version: '2.0' } }],
    ['the hash of another body', { parameters: { oauth_body_hash: 'x' } }],
  ])('O1-03 a nonce is not consumed by %s', async (_, signing) => {
    const replays = recordingReplays()
    const { answer } = guardedBySignatures({
      replays,
      consumer: (key) =>
        key === consumer.key ? { secret: consumer.secret, methods: ['HMAC-SHA1'] } : undefined,
    })
    const { status } = await answer(signing)
    expect([400, 401]).toContain(status)
    expect(replays.claimed).toEqual([])
  })

  it('O1-03 a nonce is not consumed by an expired token', async () => {
    const replays = recordingReplays()
    const { answer } = guardedBySignatures({
      replays,
      token: () => ({
        ...{ consumerKey: consumer.key, secret: token.secret, subject: 'alice' },
        expiresAt: NOW * 1000,
      }),
    })
    expect((await answer()).status).toBe(401)
    expect(replays.claimed).toEqual([])
  })

  it('O1-03 a stranger who repeats a nonce first does not keep its owner out', async () => {
    const { answer } = guardedBySignatures()
    const parameters = { oauth_nonce: 'seen-on-the-wire' }
    expect((await answer({ parameters, secrets: ['x', 'y'] })).status).toBe(401)
    expect((await answer({ parameters })).status).toBe(200)
    expect((await answer({ parameters })).status).toBe(401)
  })
})

describe('O1: telling signatures apart by time', () => {
  it('O1-06 signatures are compared by the platform, as bytes and in constant time', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify')
    const { answer } = guardedBySignatures()
    expect((await answer()).status).toBe(200)
    expect(verify).toHaveBeenCalledOnce()
    const [, , signature] = verify.mock.calls[0] ?? []
    expect(signature).toBeInstanceOf(Uint8Array)
    expect(signature).toHaveLength(20)
  })

  it('O1-06 one bit that is wrong is wrong, whichever it is', async () => {
    const key = sharedSecrets('a', 'b')
    const right = createHmac('sha1', key).update('base').digest()
    const isRight = (signature: Uint8Array) =>
      verifySignature(
        'HMAC-SHA1',
        { baseString: 'base', signature: Buffer.from(signature).toString('base64') },
        key,
      )
    expect(await isRight(right)).toBe(true)
    for (let bit = 0; bit < 160; bit++) {
      const wrong = Uint8Array.from(right, (byte, at) =>
        at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte,
      )
      expect(await isRight(wrong)).toBe(false)
    }
    for (const length of [0, 1, 19]) expect(await isRight(right.subarray(0, length))).toBe(false)
    expect(await isRight(Buffer.concat([right, Uint8Array.of(0)]))).toBe(false)
  })

  it('O1-06 a signature has one spelling', async () => {
    const key = sharedSecrets('a')
    const signature = await signBaseString('HMAC-SHA1', 'base', key)
    const last = signature.at(-2) ?? ''
    const spellings = [
      signature.replace(/=+$/, ''),
      `${signature}=`,
      ` ${signature}`,
      `${signature}\n`,
      signature.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
      // The bits that are left over are not zero.
      `${signature.slice(0, -2)}${String.fromCharCode(last.charCodeAt(0) + 1)}=`,
    ]
    for (const spelling of spellings) {
      expect(
        await verifySignature('HMAC-SHA1', { baseString: 'base', signature: spelling }, key),
        spelling,
      ).toBe(false)
    }
  })

  it('O1-06 the secrets of PLAINTEXT are compared as hashes', async () => {
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const key = sharedSecrets('secret', 'other')
    for (const signature of ['', '&', 'secret&othe', 'secret&other ', 'x'.repeat(10_000)]) {
      expect(await verifySignature('PLAINTEXT', { baseString: '', signature }, key)).toBe(false)
    }
    expect(await verifySignature('PLAINTEXT', { baseString: '', signature: key }, key)).toBe(true)
    expect(digest).toHaveBeenCalledTimes(12)
  })

  const secrets = { secret: consumer.secret }
  const signers: readonly (readonly [SignatureMethod, OAuth1Consumer])[] = [
    ['HMAC-SHA1', { ...secrets, methods: ['HMAC-SHA1'] }],
    ['HMAC-SHA256', { ...secrets, methods: ['HMAC-SHA256'] }],
    ['RSA-SHA1', { publicKey: rsa.publicKey, methods: ['RSA-SHA1'] }],
    ['RSA-SHA256', { publicKey: rsa.publicKey, methods: ['RSA-SHA256'] }],
  ]

  it.each(signers)(
    'O1-06 %s: refusing an unknown consumer or token takes what refusing a known one takes',
    async (signatureMethod, known) => {
      const imported = vi.spyOn(crypto.subtle, 'importKey')
      const verified = vi.spyOn(crypto.subtle, 'verify')
      const found = vi.fn((name: string) =>
        name === token.name
          ? { consumerKey: consumer.key, secret: 's', subject: 'alice' }
          : undefined,
      )
      const { check } = guardedBySignatures({
        consumer: (key) => (key === consumer.key ? known : undefined),
        token: found,
      })
      const isRsa = signatureMethod.startsWith('RSA')
      const key = isRsa ? { privateKey: otherRsa.privateKey } : { secrets: ['?', '?'] as const }
      /** What the platform and the application were asked for, and how large a key was read. */
      const workFor = async (parameters: Readonly<Record<string, string>>) => {
        const authorization = await signedHeader({ signatureMethod, ...key, parameters })
        for (const spy of [imported, verified, found]) spy.mockClear()
        expect((await check(await signedRequest({}, authorization))).status).toBe(401)
        const bytes = imported.mock.calls.at(-1)?.[1]
        const calls = [imported, verified, found].map((spy) => spy.mock.calls.length)
        return { calls, size: isRsa && bytes instanceof Uint8Array ? bytes.length : 0 }
      }
      const wrong = await workFor({})
      expect(wrong).toEqual({ calls: [1, 1, 1], size: isRsa ? 294 : 0 })
      expect(await workFor({ oauth_consumer_key: 'nobody' })).toEqual(wrong)
      expect(await workFor({ oauth_token: 'none' })).toEqual(wrong)
    },
  )
})

describe('O1: requests that say two things', () => {
  it.each([
    ['query', { url: `${RESOURCE}?oauth_token=token-1` }],
    ['query, encoded', { url: `${RESOURCE}?%6Fauth_token=token-1` }],
    ['form', { method: 'POST', form: 'oauth_token=token-1' }],
  ])('O1-07 oauth_token in the header and in the %s is refused with 400', async (_, signing) => {
    expect((await guardedBySignatures().answer(signing)).status).toBe(400)
  })

  it('O1-07 oauth_token twice in the header is refused with 400', async () => {
    const { check } = guardedBySignatures()
    const header = await signedHeader()
    for (const more of ['oauth_token="token-1"', 'oauth%5Ftoken="token-2"', 'oauth_token=""']) {
      expect((await check(await signedRequest({}, `${header}, ${more}`))).status).toBe(400)
    }
  })

  it('O1-07 a parameter of the query cannot be hidden in the header, where it is signed alike', async () => {
    const { check } = guardedBySignatures()
    const signed = await signedHeader({ url: `${RESOURCE}?amount=1&confirm=no` })
    for (const hidden of ['confirm="no"', '%63onfirm="no"', 'Oauth_x="", confirm="no"']) {
      const request = await signedRequest({ url: `${RESOURCE}?amount=1` }, `${signed}, ${hidden}`)
      expect((await check(request)).status, hidden).toBe(400)
    }
    const whole = await signedRequest({ url: `${RESOURCE}?amount=1&confirm=no` }, signed)
    expect((await check(whole)).status).toBe(200)
  })

  it('O1-07 two Authorization headers are refused with 400', async () => {
    const { check } = guardedBySignatures()
    const request = await signedRequest()
    request.headers.append('authorization', await signedHeader())
    expect((await check(request)).status).toBe(400)
  })

  it('O1-07 oauth_version is 1.0 or, as the RFC allows, not there', async () => {
    const { answer } = guardedBySignatures()
    expect((await answer({ parameters: { oauth_version: '2.0' } })).status).toBe(400)
    expect((await answer({ parameters: { oauth_version: undefined } })).status).toBe(200)
  })

  it('O1-07 an unknown method, and PLAINTEXT where it is not on or not over TLS, get 400', async () => {
    const plaintext = { signatureMethod: 'PLAINTEXT' } as const
    const may = {
      consumer: () => ({ secret: consumer.secret, methods: ['PLAINTEXT'] as const }),
      plaintext: true,
    }
    const { answer } = guardedBySignatures(may)
    expect((await answer({ parameters: { oauth_signature_method: 'NONE' } })).status).toBe(400)
    expect((await answer({ ...plaintext, url: 'http://api.test/v1' })).status).toBe(400)
    expect((await answer(plaintext)).status).toBe(200)
    const off = guardedBySignatures({ ...may, plaintext: false })
    expect((await off.answer(plaintext)).status).toBe(400)
  })
})

describe('O1: secrets as they are', () => {
  it.each([
    ['', 'consumer&'],
    ['&', 'consumer&%26'],
    ['a%b', 'consumer&a%25b'],
    ['+/=', 'consumer&%2B%2F%3D'],
    ['ключ ~', 'consumer&%D0%BA%D0%BB%D1%8E%D1%87%20~'],
  ])('O1-11 the token secret %j makes the HMAC key %j', async (tokenSecret, key) => {
    expect(sharedSecrets('consumer', tokenSecret)).toBe(key)
    const expected = createHmac('sha1', key).update('base').digest('base64')
    expect(await signBaseString('HMAC-SHA1', 'base', sharedSecrets('consumer', tokenSecret))).toBe(
      expected,
    )
    const { answer } = guardedBySignatures({
      consumer: () => ({ secret: 'consumer', methods: ['HMAC-SHA1'] }),
      token: () => ({ consumerKey: consumer.key, secret: tokenSecret, subject: 'alice' }),
    })
    expect((await answer({ secrets: ['consumer', tokenSecret] })).status).toBe(200)
    expect((await answer({ secrets: ['consumer', `${tokenSecret}x`] })).status).toBe(401)
  })

  it('O1-11 two secrets cannot be divided in two ways', () => {
    expect(sharedSecrets('a&b', 'c')).not.toBe(sharedSecrets('a', 'b&c'))
    expect(sharedSecrets('a%26b')).not.toBe(sharedSecrets('a&b'))
  })

  it('O1-11 a consumer without a secret is nobody, though its key & is known to all', async () => {
    const { answer, reason } = guardedBySignatures({
      consumer: () => ({ secret: '', methods: ['HMAC-SHA1', 'PLAINTEXT'] }),
      token: () => ({ consumerKey: consumer.key, secret: '', subject: 'alice' }),
      plaintext: true,
    })
    for (const signatureMethod of ['HMAC-SHA1', 'PLAINTEXT'] as const) {
      expect((await answer({ signatureMethod, secrets: ['', ''] })).status).toBe(401)
      expect(reason()).toBe('the consumer has no secret')
    }
  })
})

describe('O1: keys of the wrong kind', () => {
  it.each([512, 1024, 2040])('O1-12 an RSA key of %i bits is refused', async (bits) => {
    const { publicKey, privateKey } = pemPair(bits)
    await expect(importRsaKey('RSA-SHA1', publicKey)).rejects.toThrow('2048')
    await expect(importRsaKey('RSA-SHA1', privateKey)).rejects.toThrow('2048')
    const { check, reason } = guardedBySignatures({
      consumer: () => ({ publicKey, methods: ['RSA-SHA1'] }),
    })
    const header = await signedHeader({
      parameters: { oauth_signature_method: 'RSA-SHA1' },
    })
    expect((await check(await signedRequest({}, header))).status).toBe(401)
    expect(reason()).toContain('2048')
  })

  it('O1-12 an RSA key with a small exponent, or none at all, is refused', async () => {
    const ec = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    const texts = [pemPair(2048, 3).publicKey, ec.publicKey, '', 'secret', `x${rsa.publicKey}`]
    for (const text of texts) {
      await expect(importRsaKey('RSA-SHA1', text)).rejects.toThrow(TypeError)
    }
  })

  it('O1-12 a consumer that signs with RSA is not let in by an HMAC under its public key', async () => {
    const { publicKey } = rsa
    const texts = [publicKey, publicKey.trim(), publicKey.replaceAll(/-----.*-----|\s/g, '')]
    const { answer, reason } = guardedBySignatures({
      consumer: () => ({ publicKey, methods: ['RSA-SHA1'] }),
      plaintext: true,
    })
    for (const signatureMethod of ['HMAC-SHA1', 'HMAC-SHA256', 'PLAINTEXT'] as const) {
      for (const text of texts) {
        const signing = { signatureMethod, secrets: [text, token.secret] } as const
        expect((await answer(signing)).status).toBe(401)
        expect(reason()).toBe(`the consumer does not sign with ${signatureMethod}`)
      }
    }
  })

  it('O1-12 not even where the application mixes them up', async () => {
    const { publicKey } = rsa
    const mixed: readonly OAuth1Consumer[] = [
      { publicKey, methods: ['RSA-SHA1', 'HMAC-SHA1'] },
      { secret: publicKey, methods: ['HMAC-SHA1'] },
      { secret: ` ${publicKey}`, methods: ['HMAC-SHA1'] },
    ]
    for (const known of mixed) {
      const { answer } = guardedBySignatures({ consumer: () => known })
      const secret = String(known.secret ?? known.publicKey)
      expect((await answer({ secrets: [secret, token.secret] })).status).toBe(401)
      expect((await answer({ secrets: ['', token.secret] })).status).toBe(401)
    }
  })

  it('O1-12 a key of one method is no key of another', async () => {
    const { publicKey } = rsa
    const key = await importRsaKey('RSA-SHA1', publicKey)
    const signed = { baseString: '', signature: '' }
    for (const method of ['RSA-SHA256', 'HMAC-SHA1', 'PLAINTEXT'] as const) {
      await expect(verifySignature(method, signed, key)).rejects.toThrow(TypeError)
    }
    await expect(verifySignature('RSA-SHA1', signed, publicKey)).rejects.toThrow(TypeError)
    await expect(importRsaKey('HMAC-SHA1', publicKey)).rejects.toThrow(TypeError)
  })

  it('O1-12 a consumer signs with the methods that are pinned to it', async () => {
    const { answer } = guardedBySignatures({
      consumer: () => ({ secret: consumer.secret, methods: ['HMAC-SHA256'] }),
    })
    expect((await answer({ signatureMethod: 'HMAC-SHA256' })).status).toBe(200)
    expect((await answer({ signatureMethod: 'HMAC-SHA1' })).status).toBe(401)
  })
})

describe('O1: requests that were signed for someone else', () => {
  it('a request that was signed for another host is worth nothing here, whatever its Host says', async () => {
    const { check } = guardedBySignatures()
    const authorization = await signedHeader({ url: 'https://staging.test/v1' })
    for (const url of [RESOURCE, 'https://staging.test/v1']) {
      const request = new Request(url, { headers: { authorization } })
      expect((await check(request)).status).toBe(401)
    }
  })

  it('no secret is in an answer or in what is reported', async () => {
    const { answer, events } = guardedBySignatures({ plaintext: true })
    const answers = [
      await answer({ secrets: ['wr0ng-secret', 'wr0ng-secret'] }),
      await answer({ signatureMethod: 'PLAINTEXT' }),
      await answer({ parameters: { oauth_token: 'evil' } }),
    ]
    const text = JSON.stringify([answers, events])
    for (const secret of [
      consumer.secret,
      token.secret,
      'wr0ng-secret',
      encodeURIComponent(consumer.secret),
    ]) {
      expect(text).not.toContain(secret)
    }
  })

  it('an application that cannot look a consumer up is an outage, not a refusal', async () => {
    const guard = createGuard({
      resource: RESOURCE,
      platform: fakePlatform(NOW * 1000),
      accept: [
        oauth1({
          consumer: () => {
            throw new Error('the database is away')
          },
        }),
      ],
    })
    expect(await guard.check(await signedRequest())).toMatchObject({ status: 500 })
  })
})
