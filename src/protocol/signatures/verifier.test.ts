import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { importVerificationKey } from '../jwk.ts'
import { signatureAlgorithms } from './algorithms.ts'
import { macVerifier, publicKeyVerifier } from './verifier.ts'

/** The examples of the RFCs: the key, and a token that it signed. */
const examples: Readonly<Record<string, readonly [alg: string, jwk: object, token: string]>> = {
  'RFC 7515 Appendix A.2': [
    'RS256',
    {
      kty: 'RSA',
      n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
      e: 'AQAB',
    },
    'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw',
  ],
  'RFC 7515 Appendix A.3': [
    'ES256',
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
  ],
  'RFC 7515 Appendix A.4': [
    'ES512',
    {
      kty: 'EC',
      crv: 'P-521',
      x: 'AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk',
      y: 'ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2',
    },
    'eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn',
  ],
  'RFC 8037 Appendix A.5': [
    'EdDSA',
    { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
  ],
}

/** What is signed, and the signature. */
const taken = (token: string): [input: string, signature: string] => {
  const end = token.lastIndexOf('.')
  return [token.slice(0, end), token.slice(end + 1)]
}

describe.each(['node:crypto', 'WebCrypto'])('Verifying with %s', (engine) => {
  beforeEach(() => {
    if (engine === 'WebCrypto') vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it.each(Object.entries(examples))('accepts the example of %s', async (_, [alg, jwk, token]) => {
    const key = await importVerificationKey(jwk, [alg])
    const [input, signature] = taken(token)
    expect(key?.alg).toBe(alg)
    expect(await key?.verify(input, signature)).toBe(true)
    expect(await key?.verify(`${input}A`, signature)).toBe(false)
  })

  it('takes bytes as it takes a text', async () => {
    const [alg = '', jwk = {}, token = ''] = examples['RFC 7515 Appendix A.3'] ?? []
    const algorithm = signatureAlgorithms.get(alg)
    if (algorithm === undefined) throw new Error(`${alg} is unknown`)
    const verify = await publicKeyVerifier({ ...jwk }, algorithm)
    const [input, signature] = taken(token)
    const bytes = new TextEncoder().encode(input)
    expect(await verify?.(bytes, signature)).toBe(true)
    expect(await verify?.(bytes.subarray(1), signature)).toBe(false)
  })

  it('accepts the example of RFC 7515 Appendix A.1', async () => {
    const secret =
      'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'
    const token =
      'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    const bytes = Uint8Array.from(Buffer.from(secret, 'base64url'))
    const verify = await macVerifier(bytes, { name: 'HMAC', hash: 'SHA-256' })
    const [input, signature] = taken(token)
    expect(await verify(input, signature)).toBe(true)
    expect(await verify(`${input}A`, signature)).toBe(false)
  })

  it('sees every character of an input, ASCII or not', async () => {
    const secret = new Uint8Array(32).fill(1)
    const verify = await macVerifier(secret, { name: 'HMAC', hash: 'SHA-256' })
    const signature = createHmac('sha256', secret).update('AAAA').digest('base64url')
    expect(await verify('AAAA', signature)).toBe(true)
    expect(await verify('\u0141AAA', signature)).toBe(false)
    expect(await verify('AAA\u0141', signature)).toBe(false)
  })

  it.each([
    ['padded', (text: string) => `${text}=`],
    ['in the other alphabet', (text: string) => text.replaceAll('_', '/').replaceAll('-', '+')],
    ['of other characters', (text: string) => `\u0100${text.slice(1)}`],
    ['with spaces', (text: string) => ` ${text}`],
    ['empty', () => ''],
  ])('takes no signature that is spelled otherwise: %s', async (_, spell) => {
    const [alg = '', jwk, token = ''] = examples['RFC 7515 Appendix A.3'] ?? []
    const key = await importVerificationKey(jwk, [alg])
    const [input, signature] = taken(token)
    expect(await key?.verify(input, spell(signature))).toBe(false)
  })
})
