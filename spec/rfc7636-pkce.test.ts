import { describe, expect, it } from 'vitest'
import { codeChallenge, isCodeChallenge, verifyCodeVerifier } from 'warder/protocol'

const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

describe('RFC 7636 Proof Key for Code Exchange', () => {
  it('Appendix B: the example verifier makes the example challenge', async () => {
    expect(await codeChallenge(verifier)).toBe(challenge)
  })

  it('§4.1 MUST accept a verifier of 43 to 128 unreserved characters', async () => {
    for (const each of ['a'.repeat(43), '~'.repeat(128), `${'Az09'.repeat(11)}-._~`]) {
      const attempt = verifyCodeVerifier(each, await codeChallenge(each))
      await expect(attempt).resolves.toBeUndefined()
    }
  })

  it('§4.1 MUST NOT accept a verifier that is shorter, longer, or of other characters', async () => {
    for (const each of ['a'.repeat(42), 'a'.repeat(129), `${'a'.repeat(42)}=`, 'é'.repeat(43)]) {
      const attempt = verifyCodeVerifier(each, await codeChallenge(each))
      await expect(attempt).rejects.toMatchObject({ code: 'invalid_grant' })
    }
  })

  it('§4.2 the challenge is BASE64URL-ENCODE(SHA256(ASCII(code_verifier))), without padding', async () => {
    const made = await codeChallenge('a'.repeat(43))
    const bytes = new TextEncoder().encode('a'.repeat(43))
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes))
    expect(made).toBe(digest.toString('base64url'))
  })

  it('§4.3 a challenge that no SHA-256 digest could make is not one', () => {
    expect(isCodeChallenge(challenge)).toBe(true)
    for (const each of ['', 'plain', `${challenge}=`, challenge.slice(1), `${challenge}A`]) {
      expect(isCodeChallenge(each)).toBe(false)
    }
  })

  it('§4.6 MUST accept the verifier if the values are equal', async () => {
    await expect(verifyCodeVerifier(verifier, challenge)).resolves.toBeUndefined()
  })

  it('§4.6 MUST answer invalid_grant if the values are not equal', async () => {
    const attempt = verifyCodeVerifier('b'.repeat(43), await codeChallenge('a'.repeat(43)))
    await expect(attempt).rejects.toMatchObject({ code: 'invalid_grant' })
  })

  it('§7.2 MUST NOT fall back to plain: a verifier equal to the challenge is refused', async () => {
    const attempt = verifyCodeVerifier(challenge, challenge)
    await expect(attempt).rejects.toMatchObject({ code: 'invalid_grant' })
  })

  it('PK-08 an empty verifier is refused', async () => {
    const attempt = verifyCodeVerifier('', challenge)
    await expect(attempt).rejects.toMatchObject({ code: 'invalid_grant' })
  })
})
