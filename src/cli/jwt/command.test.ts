import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { run } from '../run.ts'

const directory = mkdtempSync(join(tmpdir(), 'warder-jwt-'))
afterAll(() => rmSync(directory, { recursive: true }))
const path = (name: string) => join(directory, name)
const file = (name: string, text: string) => {
  writeFileSync(path(name), text)
  return path(name)
}

let written: { stdout: string; stderr: string }
beforeEach(() => {
  written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text)
      return true
    })
  }
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** Types a command, and answers what it printed. */
async function type(...args: readonly string[]) {
  written.stdout = ''
  written.stderr = ''
  const code = await run(['jwt', ...args])
  return { code, ...written }
}

async function typed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await type(...args)
  expect(code, stderr).toBe(0)
  return stdout.trim()
}

const newKey = async (name: string, ...args: readonly string[]) => {
  await typed('keygen', '--out', path(name), ...args)
  return path(name)
}
const json = (text: string) => JSON.parse(text)
const claimsOf = (token: string) =>
  json(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

describe('warder jwt keygen', () => {
  it.each(['ES256', 'ES384', 'ES512', 'EdDSA', 'RS384', 'PS512'])(
    '%s: what the private half signs, the printed one verifies',
    async (alg) => {
      const size = /^[RP]S/.test(alg) ? ['--rsa-bits', '2048'] : []
      const out = path(`${alg}.json`)
      const { keys } = json(await typed('keygen', '--alg', alg, '--out', out, ...size))
      expect(keys).toHaveLength(1)
      expect(Object.keys(keys[0])).not.toContain('d')
      expect(keys[0]).toMatchObject({ alg, use: 'sig', kid: await calculateJwkThumbprint(keys[0]) })
      const token = await typed('sign', '--key', out)
      const { protectedHeader } = await compactVerify(token, await importJWK(keys[0], alg))
      expect(protectedHeader).toEqual({ alg, kid: keys[0].kid, typ: 'at+jwt' })
    },
  )

  it.each(['HS256', 'HS384', 'HS512'])(
    '%s: a secret, and nothing that tells of it',
    async (alg) => {
      const out = path(`${alg}.json`)
      const { stdout, stderr } = await type('keygen', '--alg', alg, '--out', out)
      expect(stdout).toBe('')
      const jwk = json(readFileSync(out, 'utf8'))
      expect(Buffer.from(jwk.k, 'base64url')).toHaveLength(Number(alg.slice(2)) / 8)
      // RFC 7638 §7: the thumbprint of a secret helps to guess it.
      expect(jwk.kid).not.toBe(await calculateJwkThumbprint(jwk))
      expect(stderr).toContain(jwk.kid)
      expect(stderr).not.toContain(jwk.k)
      const token = await typed('sign', '--key', out)
      await compactVerify(token, Buffer.from(jwk.k, 'base64url'), { algorithms: [alg] })
    },
  )

  it('keeps the private half to its owner, and never writes over another by itself', async () => {
    const out = await newKey('kept.json')
    expect(statSync(out).mode & 0o777).toBe(0o600)
    const before = readFileSync(out, 'utf8')
    const again = await type('keygen', '--out', out)
    expect(again).toMatchObject({ code: 2, stdout: '' })
    expect(again.stderr).toContain('--force')
    expect(readFileSync(out, 'utf8')).toBe(before)

    const open = file('open.json', 'open to all')
    await typed('keygen', '--out', open, '--force')
    expect(statSync(open).mode & 0o777).toBe(0o600)
    expect(json(readFileSync(open, 'utf8'))).toHaveProperty('d')
  })

  it('makes nothing if one of its files is there', async () => {
    const taken = file('taken.json', 'mine')
    const { code } = await type('keygen', '--out', path('new.json'), '--public-out', taken)
    expect(code).toBe(2)
    expect(() => statSync(path('new.json'))).toThrow('ENOENT')
    expect(readFileSync(taken, 'utf8')).toBe('mine')
  })

  it('prints the private half if it is asked for, and it alone', async () => {
    const { d, kid } = json(await typed('keygen', '--out', '-', '--kid', 'mine'))
    expect(d).toBeTypeOf('string')
    expect(kid).toBe('mine')
  })

  it('writes PEM', async () => {
    const [out, publicOut] = [path('key.pem'), path('key.pub.pem')]
    const said = await type('keygen', '--pem', '--out', out, '--public-out', publicOut)
    expect(said).toMatchObject({ code: 0, stdout: '' })
    expect(said.stderr).not.toContain('-----')
    expect(createPublicKey(readFileSync(publicOut)).export({ format: 'jwk' })).toEqual(
      createPublicKey(readFileSync(out)).export({ format: 'jwk' }),
    )
  })

  it('tells machines where everything is', async () => {
    const out = path('machines.json')
    const said = json(await typed('keygen', '--out', out, '--json'))
    expect(said).toMatchObject({ alg: 'ES256', out, jwks: { keys: [{ kid: said.kid }] } })
    expect(JSON.stringify(said)).not.toContain(json(readFileSync(out, 'utf8')).d)
  })

  it.each<[string, readonly string[]]>([
    ['a private key for nobody', ['keygen']],
    ['one file for two', ['keygen', '--out', path('one'), '--public-out', path('one')]],
    ['a secret with a public half', ['keygen', '--alg', 'HS256', '--out', path('a'), '--pem']],
    ['an algorithm that is none', ['keygen', '--alg', 'none', '--out', path('b')]],
    ['a small RSA key', ['keygen', '--alg', 'RS256', '--rsa-bits', '1024', '--out', path('c')]],
    ['a directory that is not there', ['keygen', '--out', path('gone/key.json')]],
  ])('refuses %s', async (_, args) => {
    expect(await type(...args)).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('warder jwt sign', () => {
  it('prints a token with what every token should have, and nothing else', async () => {
    const key = await newKey('sign.json')
    const { stdout, stderr } = await type('sign', '--key', key, '--subject', 'alice')
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    expect(stderr).toBe('')
    const { iat, exp, jti, ...rest } = claimsOf(stdout)
    expect(exp - iat).toBe(900)
    expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(60)
    expect(jti).toMatch(/^[\w-]{16}$/)
    expect(rest).toEqual({ sub: 'alice' })
  })

  it('says what it is told to, the closer the stronger', async () => {
    const key = await newKey('claims.json')
    const template = file('template.json', '{"iss":"t","sub":"t","exp":1,"nested":{"a":[1]}}')
    const options = ['--issuer', 'i', '--audience', 'a', '--audience', 'b', '--claims', template]
    const more = ['--claim', 'text=1', '--claim', 'json:={"a":1}', '--claim', '__proto__=p']
    const omitted = ['--omit', 'jti', '--omit', 'iat']
    const claims = claimsOf(await typed('sign', '--key', key, ...options, ...more, ...omitted))
    expect(Object.entries(claims)).toEqual(
      expect.arrayContaining([
        ...[
          ['iss', 'i'],
          ['sub', 't'],
          ['aud', ['a', 'b']],
          ['exp', 1],
          ['text', '1'],
        ],
        ...[
          ['json', { a: 1 }],
          ['nested', { a: [1] }],
          ['__proto__', 'p'],
        ],
      ]),
    )
    expect(Object.keys(claims)).toHaveLength(8)
  })

  it('makes tokens that are over, for tests that need one', async () => {
    const key = await newKey('over.json')
    const { iat, exp } = claimsOf(await typed('sign', '--key', key, '--expires-in', '-5m'))
    expect(exp - iat).toBe(-300)
  })

  it('takes a key in PEM, one of a set, and a secret by reference', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = file('rsa.pem', privateKey.export({ format: 'pem', type: 'pkcs1' }).toString())
    const [a, b] = await Promise.all(
      ['a.json', 'b.json'].map(async (name) => json(readFileSync(await newKey(name), 'utf8'))),
    )
    const set = file('set.json', JSON.stringify({ keys: [a, b] }))
    vi.stubEnv('TEST_SECRET', 'a secret that is long enough for HS256')
    const headers = [
      await typed('sign', '--key', pem, '--kid', 'mine', '--typ', 'none', '--json'),
      await typed('sign', '--key', set, '--kid', b.kid, '--json'),
      await typed('sign', '--secret-env', 'TEST_SECRET', '--typ', 'JWT', '--json'),
    ].map((text) => json(text).header)
    expect(headers).toEqual([
      { alg: 'RS256', kid: 'mine' },
      { alg: 'ES256', kid: b.kid, typ: 'at+jwt' },
      { alg: 'HS256', typ: 'JWT' },
    ])
  })

  it('reads a secret as it is written, without the line break of its file', async () => {
    const bytes = Buffer.alloc(32, 7)
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      const secret = file(`secret.${encoding}`, `${bytes.toString(encoding)}\n`)
      const args = ['--secret-file', secret, '--secret-encoding', encoding]
      await compactVerify(await typed('sign', ...args), bytes)
    }
  })

  it('warns of a private key that others can read', async () => {
    const key = await newKey('warned.json')
    const open = file('warned-open.json', readFileSync(key, 'utf8'))
    const { code, stderr } = await type('sign', '--key', open)
    expect(code).toBe(0)
    expect(stderr).toContain('can be read by others')
  })

  const SHORT = 'hunter2hunter2'
  it.each<[string, readonly string[], string]>([
    ['no key', [], 'needs one key'],
    ['two keys', ['--key', 'a', '--secret-env', 'TEST_SECRET'], 'needs one key'],
    ['a short secret', ['--secret-env', 'TEST_SECRET'], 'needs 32 bytes'],
    ['a variable that is not set', ['--secret-env', SHORT], 'no environment variable'],
    ['a key for a secret', ['--secret-env', 'TEST_PEM'], 'holds a key'],
    ['what is not base64', ['--secret-env', 'TEST_SECRET', '--secret-encoding', 'hex'], 'in hex'],
    ['a public key', ['--key', path('public.json')], 'public key'],
    ['no key at all', ['--key', path('nonsense.json')], 'no private key'],
    ['a file that is not there', ['--key', path('gone.json')], 'cannot be read'],
    ['an algorithm of other keys', ['--key', path('refused.json'), '--alg', 'RS256'], 'ES256'],
    ['no algorithm', ['--key', path('refused.json'), '--alg', 'none'], 'does not fit'],
    ['a duration that is none', ['--key', path('refused.json'), '--expires-in', 'soon'], '15m'],
    ['a claim without a value', ['--key', path('refused.json'), '--claim', 'x'], 'name=text'],
    ['a claim that is not JSON', ['--key', path('refused.json'), '--claim', 'x:=y'], 'not JSON'],
    [
      'a claim that is said twice',
      ['--key', path('refused.json'), '--subject', 'a', '--claim', 'sub=b'],
      'sub is named twice',
    ],
  ])('refuses %s, and repeats no secret', async (_, args, sentence) => {
    vi.stubEnv('TEST_SECRET', SHORT)
    vi.stubEnv('TEST_PEM', '-----BEGIN PUBLIC KEY-----')
    const jwks = await typed('keygen', '--out', path('refused.json'), '--force')
    file('public.json', JSON.stringify(json(jwks).keys[0]))
    file('nonsense.json', `{"kty":"EC","d":"${SHORT}"`)
    const { code, stdout, stderr } = await type('sign', ...args)
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(sentence)
    expect(stderr).not.toContain(SHORT)
  })
})

describe('warder jwt decode', () => {
  it('reads a token from a file or a variable, with what may stand around it', async () => {
    const token = await typed('sign', '--key', await newKey('decode.json'), '--subject', 'alice')
    vi.stubEnv('TEST_TOKEN', `"${token}"`)
    const around = file('token', `Authorization: Bearer ${token}\n`)
    for (const where of [
      ['--file', around],
      ['--env', 'TEST_TOKEN'],
    ]) {
      const decoded = json(await typed('decode', '--json', ...where))
      expect(decoded).toMatchObject({ verified: false, claims: { sub: 'alice' } })
      expect(await typed('decode', ...where)).toContain('Nothing here was verified.')
    }
  })

  it('takes no token as an argument, and says how to give one', async () => {
    const token = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.c2VjcmV0'
    const { code, stdout, stderr } = await type('decode', token)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('--file FILE')
    expect(stderr).not.toContain(token)
  })

  it.each([
    ...['', 'undefined', 'null', '[object Object]', '{"access_token":"a.b.c"}', 'opaque-token'],
    ...['wrt_AAAAAAAAAAAAAAAAAAAA', 'wdr_live_AAAAAAAAAAAAAA', '-----BEGIN PUBLIC KEY-----', 'a b'],
  ])('says what %j is instead of a token, and repeats none of it', async (text) => {
    const { code, stdout, stderr } = await type('decode', '--file', file('none', text))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/no token|not a JWT|JSON|token of Warder|not a token/)
    expect(stderr).not.toMatch(/AAAA|a\.b\.c|opaque-token/)
  })
})
