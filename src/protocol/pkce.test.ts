import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeChallenge, isCodeChallenge, verifyCodeVerifier } from './pkce.ts'

const verifier = fc.stringMatching(/^[A-Za-z0-9\-._~]{43,128}$/)

describe('verifyCodeVerifier', () => {
  it('accepts the verifier of a challenge, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(verifier, verifier, async (right, wrong) => {
        fc.pre(right !== wrong)
        const challenge = await codeChallenge(right)
        await expect(verifyCodeVerifier(right, challenge)).resolves.toBeUndefined()
        await expect(verifyCodeVerifier(wrong, challenge)).rejects.toMatchObject({
          code: 'invalid_grant',
        })
      }),
      { numRuns: 25 },
    )
  })

  it('refuses everything against an empty challenge', async () => {
    await expect(verifyCodeVerifier('a'.repeat(43), '')).rejects.toMatchObject({
      code: 'invalid_grant',
    })
  })

  it.each([
    `${'a'.repeat(43)}\n`,
    `\n${'a'.repeat(43)}`,
    `${'a'.repeat(42)}é`,
    `${'a'.repeat(42)}+`,
    `${'a'.repeat(42)} `,
  ])('refuses %j even if its digest matches', async (malformed) => {
    const challenge = await codeChallenge(malformed)
    await expect(verifyCodeVerifier(malformed, challenge)).rejects.toMatchObject({
      code: 'invalid_grant',
    })
  })
})

describe('isCodeChallenge', () => {
  it('knows every challenge it makes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect(isCodeChallenge(await codeChallenge(text))).toBe(true)
      }),
      { numRuns: 25 },
    )
  })

  it.each([
    '',
    'a'.repeat(42),
    'a'.repeat(44),
    `${'a'.repeat(42)}=`,
    `${'a'.repeat(42)}+`,
    `${'a'.repeat(43)}\n`,
  ])('refuses %j', (value) => expect(isCodeChallenge(value)).toBe(false))
})
