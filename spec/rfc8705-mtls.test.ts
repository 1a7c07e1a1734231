/** Tokens bound to a client certificate, and how proxies pass one on. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { certificateThumbprint, parseClientCert } from 'warder/protocol'
import { proofMaker } from './fixtures/dpop.ts'
import { guarded, lastReason, RESOURCE } from './fixtures/issuer.ts'

/** The certificate of Appendix A, Figure 6. */
const CERTIFICATE =
  'MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAx' +
  'ODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG' +
  'SM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ' +
  '/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwID' +
  'SQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOV' +
  'bUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY='

/** Its thumbprint, as in Figure 5. */
const THUMBPRINT = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'

const DER = Uint8Array.from(atob(CERTIFICATE), (character) => character.charCodeAt(0))

/** A guard, and what it says to a token that is bound so, sent with a certificate. */
async function mtlsRig(cnf: object = { 'x5t#S256': THUMBPRINT }) {
  const rig = await guarded()
  const token = await rig.issuer.token({ cnf })
  const check = (clientCertificate?: Uint8Array, scheme = 'Bearer', more = {}) => {
    const headers = { authorization: `${scheme} ${token}`, ...more }
    return rig.guard.check(new Request(RESOURCE, { headers }), undefined, { clientCertificate })
  }
  return { ...rig, token, check }
}

describe('RFC 8705 §3 Mutual-TLS client certificate-bound access tokens', () => {
  it('§3.1 x5t#S256 is the SHA-256 of the DER form (Appendix A)', async () => {
    expect(await certificateThumbprint(DER)).toBe(THUMBPRINT)
  })

  it('a token is let in with its certificate, and the principal says so', async () => {
    const { check } = await mtlsRig()
    expect(await check(DER)).toMatchObject({ subject: 'alice', proof: { binding: 'mtls' } })
    // As Node has it: a part of a larger buffer.
    const part = new Uint8Array([1, 2, 3, ...DER, 4]).subarray(3, -1)
    expect(await check(part)).toMatchObject({ proof: { binding: 'mtls' } })
  })

  it('MUST be refused with invalid_token without a certificate', async () => {
    const { check, events } = await mtlsRig()
    const refusal = await check()
    expect(refusal).toMatchObject({ status: 401 })
    expect(refusal instanceof Response && refusal.headers.get('www-authenticate')).toMatch(
      /^Bearer error="invalid_token"/,
    )
    expect(lastReason(events)).toBe('bound to a certificate, and the connection has none')
  })

  it('MUST be refused with invalid_token if the certificates do not match', async () => {
    const { check, events } = await mtlsRig()
    for (const at of [0, 17, DER.length - 1]) {
      const other = DER.map((byte, index) => (index === at ? byte ^ 1 : byte))
      expect(await check(other)).toMatchObject({ status: 401 })
    }
    for (const other of [DER.subarray(1), DER.subarray(0, -1), new Uint8Array()]) {
      expect(await check(other)).toMatchObject({ status: 401 })
    }
    expect(lastReason(events)).toMatch(/^bound to another certificate than /)
  })

  it.each(
    [
      ['', `${THUMBPRINT}=`, `${THUMBPRINT} `, THUMBPRINT.toLowerCase(), THUMBPRINT.slice(0, -1)],
      [null, 1, [THUMBPRINT], { '0': THUMBPRINT }, true],
    ].flat(),
  )('x5t#S256 %j is no certificate', async (thumbprint) => {
    const { check } = await mtlsRig({ 'x5t#S256': thumbprint })
    expect(await check(DER)).toMatchObject({ status: 401 })
    expect(await check()).toMatchObject({ status: 401 })
  })

  it('a header that callers can write is no certificate', async () => {
    const { check } = await mtlsRig()
    const headers = { 'client-cert': `:${CERTIFICATE}:`, 'x-client-cert': CERTIFICATE }
    expect(await check(undefined, 'Bearer', headers)).toMatchObject({ status: 401 })
  })

  it('a token that is not bound is let in with any certificate or none', async () => {
    const { guard, issuer } = await mtlsRig()
    const headers = { authorization: `Bearer ${await issuer.token()}` }
    for (const connection of [{}, { clientCertificate: DER }]) {
      const outcome = await guard.check(new Request(RESOURCE, { headers }), undefined, connection)
      expect(outcome).toMatchObject({ subject: 'alice' })
      expect(outcome).not.toHaveProperty('proof.binding')
    }
  })

  it('a token that is bound to a key as well needs both', async () => {
    const client = await proofMaker()
    const { check, token } = await mtlsRig({ 'x5t#S256': THUMBPRINT, jkt: client.jkt })
    const dpop = await client.proof(token)
    expect(await check(DER)).toMatchObject({ status: 401 })
    expect(await check(undefined, 'DPoP', { dpop })).toMatchObject({ status: 401 })
    expect(await check(DER, 'Bearer', { dpop })).toMatchObject({ status: 401 })
    expect(await check(DER, 'DPoP', { dpop })).toMatchObject({ proof: { binding: 'dpop' } })
  })
})

describe('RFC 9440 §2.2 Client-Cert', () => {
  it('is the DER form of one certificate, in base64 between colons', () => {
    expect(parseClientCert(`:${CERTIFICATE}:`)).toEqual(DER)
  })

  it('is no certificate in any other form', () => {
    const bad = [
      ...[
        '',
        ':',
        '::',
        ':=:',
        CERTIFICATE,
        `:${CERTIFICATE}`,
        `${CERTIFICATE}:`,
        `"${CERTIFICATE}"`,
      ],
      ...[` :${CERTIFICATE}:`, `:${CERTIFICATE}: `, `: ${CERTIFICATE}:`, `:${CERTIFICATE}:;a=b`],
      ...[`:${CERTIFICATE}:, :${CERTIFICATE}:`, `:${CERTIFICATE}::${CERTIFICATE}:`],
      ...[`:${CERTIFICATE.replace('=', '')}:`, `:${CERTIFICATE}=:`, `:${CERTIFICATE.slice(4)}:`],
      ...[`:${CERTIFICATE.replaceAll('+', '-').replaceAll('/', '_')}:`],
      ...[`:${CERTIFICATE.slice(0, -4)}:`, `:${CERTIFICATE.slice(0, -4)}AAAAAAA=:`],
      ...[`:${encodeURIComponent(`-----BEGIN CERTIFICATE-----\n${CERTIFICATE}`)}:`],
      ...[`:${btoa('no certificate')}:`, `:${btoa('0')}:`, ':MIA=:', `:${'A'.repeat(100_000)}:`],
    ]
    for (const header of bad) expect(() => parseClientCert(header), header).toThrow(SyntaxError)
  })

  it('is parsed to nothing but one sequence, whatever it is', () => {
    const bytes = fc.uint8Array({ maxLength: 300 })
    const header = bytes.map((der) => `:${btoa(String.fromCharCode(...der))}:`)
    fc.assert(
      fc.property(fc.oneof(fc.string(), header), (text) => {
        try {
          expect(parseClientCert(text)[0]).toBe(0x30)
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
