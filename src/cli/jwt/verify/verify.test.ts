import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { CompactSign } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import type { OutwardFetch } from '../../../protocol/outward-fetch.ts'
import { inspect } from '../compact.ts'
import { type ExpectationOptions, expectationsOf } from './expectations.ts'
import { type KeySource, type KeySourceOptions, readKeySource } from './key-source.ts'
import { judge, mainFault, reportText } from './report.ts'
import { refusalOf } from './verdict.ts'

const NOW = 1_795_418_140
const directory = mkdtempSync(join(tmpdir(), 'warder-verify-'))
afterAll(() => rmSync(directory, { recursive: true }))
const file = (name: string, content: unknown) => {
  const path = join(directory, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const ec = (kid: string) => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  return { privateKey, publicKey, jwk: { ...jwk, kid, alg: 'ES256', use: 'sig' } }
}
const [one, two] = [ec('one'), ec('two')]
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pemOf = (key: KeyObject) => key.export({ format: 'pem', type: 'spki' }).toString()

const good = {
  ...{ iss: 'https://auth.example.com', sub: 'alice', aud: 'https://api.example.com' },
  ...{ client_id: 'editor', iat: NOW - 60, exp: NOW + 840, jti: 'j' },
}

interface Signing {
  readonly key?: KeyObject | Uint8Array
  readonly header?: object
}

const signed = (
  claims: object = {},
  { key = one.privateKey, header = {} }: Signing = {},
): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify({ ...good, ...claims })))
    .setProtectedHeader({ ...{ alg: 'ES256', kid: 'one', typ: 'at+jwt' }, ...header })
    .sign(key)

const options: ExpectationOptions = {
  ...{ issuer: good.iss, audience: good.aud, alg: ['ES256'], typ: [], tolerance: '30' },
}

const set: KeySource = { from: 'jwks.json', keys: [one.jwk, two.jwk] }

const caseOf = (token: string, change: Partial<ExpectationOptions> = {}, source = set) => ({
  ...{ token, source, read: inspect(token) },
  expected: expectationsOf({ ...options, ...change }, NOW * 1000),
})

const judged = (...given: Parameters<typeof caseOf>) => judge(caseOf(...given))

/** What failed, with the words for it. */
async function faults(...given: Parameters<typeof caseOf>) {
  const { accepted, checks } = await judged(...given)
  const failed = checks.filter(({ outcome }) => outcome === 'failed')
  expect(accepted).toBe(failed.length === 0)
  return failed.map(({ name, note }) => `${name}: ${note ?? ''}`)
}

const noFetch: OutwardFetch = () => Promise.reject(new Error('nothing is to be fetched'))
const sourceOf = (change: KeySourceOptions) => readKeySource(change, noFetch)

describe('A token that is as expected', () => {
  it('is accepted, and every check says what it saw', async () => {
    const report = await judged(await signed())
    expect(report.accepted).toBe(true)
    expect(reportText(report, 80)).toEqual([
      'ACCEPTED  a guard that expects this lets it in',
      '',
      '  ok        form       338 characters',
      '  ok        alg        ES256',
      '  ok        typ        at+jwt',
      '  ok        crit       no extension',
      '  ok        key        one',
      '  ok        signature  verified with jwks.json',
      '  ok        iss        https://auth.example.com',
      '  ok        aud        https://api.example.com',
      '  ok        exp        expires in 14 minutes, 2026-11-23 07:29:40 UTC',
      '  ok        iat        60 seconds ago, 2026-11-23 07:14:40 UTC',
      '  not made  nbf        it says none',
      '  ok        sub        alice',
      '  ok        jti        j',
      '  ok        client_id  editor',
    ])
  })

  it('is accepted in plain sight, wherever an issuer says that its keys are', async () => {
    const from = 'https://keys.example.com/\u202esdrawkcab'
    const report = await judged(await signed(), {}, { ...set, from })
    expect(reportText(report, 110).join()).toContain('keys.example.com/\\u{202e}sdrawkcab')
  })

  it('is accepted with what nobody asked for named', async () => {
    const token = await signed()
    const expected = expectationsOf({ alg: [], typ: ['any'], tolerance: '0' }, NOW * 1000)
    const report = await judge({ ...caseOf(token), expected })
    expect(report.accepted).toBe(true)
    expect(reportText(report, 80)[0]).toContain('did not say what to expect of typ, iss, aud')
  })

  it('says that it is bound to a key', async () => {
    const { accepted, checks } = await judged(await signed({ cnf: { jkt: 'x' } }))
    expect(accepted).toBe(true)
    expect(checks.at(-1)).toMatchObject({ name: 'cnf', outcome: 'not made' })
  })

  it('says what only the tolerance lets through', async () => {
    const { accepted, checks } = await judged(await signed({ exp: NOW - 10 }))
    expect(accepted).toBe(true)
    expect(checks.find(({ name }) => name === 'exp')?.note).toBe('by the tolerance of 30 s')
  })

  it('may be of another kind, if that is asked for', async () => {
    const bare = { sub: undefined, jti: undefined, client_id: undefined }
    const token = await signed(bare, { header: { typ: 'JWT' } })
    expect(await faults(token, { typ: ['JWT'] })).toEqual([])
    expect(await faults(token)).toHaveLength(4)
  })
})

describe('What is wrong is named with both values', () => {
  it('aud, by a slash', async () => {
    const report = await judged(await signed({ aud: `${good.aud}/` }))
    expect(mainFault(report)).toBe(
      'aud is https://api.example.com/, but https://api.example.com is expected (a trailing slash too many)',
    )
    expect(reportText(report, 80)).toEqual(
      expect.arrayContaining([
        '  failed    aud        is        https://api.example.com/',
        '                       expected  https://api.example.com',
        '                       a trailing slash too many',
      ]),
    )
  })

  it.each<[string, object, Partial<ExpectationOptions>, RegExp]>([
    ['aud', { aud: ['https://API.example.com'] }, {}, /upper and lower case/],
    ['aud', { aud: 'editor' }, {}, /for its client/],
    ['aud', { aud: [good.aud, 7] }, {}, /^aud: $/],
    ['aud', { aud: undefined }, {}, /^aud: $/],
    ['iss', { iss: 'http://auth.example.com' }, {}, /the scheme is http, not https/],
    ['iss', { iss: 7 }, {}, /^iss: $/],
    ['exp', { exp: NOW - 45 }, {}, /45 s off, and 30 s are tolerated: compare the clocks/],
    ['exp', { exp: NOW - 7200, iat: NOW - 9000 }, {}, /^exp: $/],
    ['exp', { exp: String(NOW + 60) }, {}, /is a text; it must be a number/],
    ['exp', { exp: undefined }, {}, /missing/],
    ['iat', { iat: (NOW - 5) * 1000 }, {}, /is milliseconds/],
    ['iat', { iat: NOW + 40 }, {}, /40 s off/],
    ['nbf', { nbf: NOW + 31 }, {}, /31 s off/],
    ['sub', { sub: 'a\u001b[2J' }, {}, /no plain text/],
    ['jti', { jti: undefined }, {}, /missing/],
    ['verifier', { scope: ['a'] }, {}, /scope is not a text/],
    ['alg', {}, { alg: ['RS256'] }, /^alg: $/],
    ['typ', {}, { typ: ['JWT'] }, /another kind of token/],
  ])('%s: %j %j', async (name, claims, change, words) => {
    const found = await faults(await signed(claims), change)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(new RegExp(`^${name}: `))
    expect(found[0]).toMatch(words)
  })

  it.each([
    ['iss', { iss: undefined }],
    ['aud', { aud: [] }],
  ])('%s is missing of an access token, though nobody asked', async (name, claims) => {
    const expected = expectationsOf({ alg: [], typ: [], tolerance: '0' }, NOW * 1000)
    const { checks } = await judge({ ...caseOf(await signed(claims)), expected })
    expect(checks.filter(({ outcome }) => outcome === 'failed')).toMatchObject([{ name }])
  })

  it('all of it, and the first in a sentence', async () => {
    const report = await judged(await signed({ aud: 'b', exp: NOW - 999, iat: NOW - 1999 }))
    expect(mainFault(report)).toMatch(/^aud is b, but .*, and 1 more failed$/)
  })

  it('of a moment that is asked for', async () => {
    const at = '2026-11-23T08:00:00Z'
    expect(await faults(await signed(), { at })).toEqual([expect.stringMatching(/^exp: /)])
  })
})

describe('Why a signature is not accepted', () => {
  const noteOf = async (...given: Parameters<typeof caseOf>) => {
    const { accepted, checks } = await judged(...given)
    expect(accepted).toBe(false)
    const found = checks.filter(({ name }) => name === 'key' || name === 'signature')
    return found.map(({ name, outcome, note }) => `${name} ${outcome}: ${note}`).join('\n')
  }

  it('JW-05 the key is another one of the set, or has another name', async () => {
    const wrong = await signed({}, { key: two.privateKey })
    expect(await noteOf(wrong)).toContain(
      'signed by the key “two”, while its header says kid “one”',
    )
    const unknown = await signed({}, { header: { kid: 'three' } })
    expect(await noteOf(unknown)).toContain('key failed: the set has no such key, but one, two')
    expect(await noteOf(unknown)).toContain('signed by the key “one”')
    const nameless = await signed({}, { header: { kid: undefined } })
    expect(await noteOf(nameless)).toContain('key failed: 2 keys of the set may be meant')
  })

  it('nobody knows the key, or the token was changed', async () => {
    const stranger = await signed({}, { key: ec('x').privateKey })
    expect(await noteOf(stranger)).toContain('made with another key, or for another header')
  })

  it('JW-24 the key is there and must not be used', async () => {
    const only = (change: object) => ({ from: 'f', keys: [{ ...one.jwk, ...change }] })
    const token = await signed()
    expect(await noteOf(token, {}, only({ use: 'enc' }))).toContain('use is enc, not sig')
    expect(await noteOf(token, {}, only({ alg: 'ES384' }))).toContain('its alg is ES384, not ES256')
    expect(await noteOf(token, {}, only({ key_ops: ['sign'] }))).toContain('without verify')
    const exposed = one.privateKey.export({ format: 'jwk' })
    expect(await noteOf(token, {}, only(exposed))).toContain('published with its private half')
  })

  it('JW-14 the key does not fit the algorithm, or is too weak', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
    const keys = [{ ...weak.export({ format: 'jwk' }), kid: 'one' }]
    const token = await signed({}, { key: rsa.privateKey, header: { alg: 'RS256' } })
    expect(await noteOf(token, { alg: ['RS256'] }, { from: 'f', keys })).toContain('or is too weak')
    expect(await noteOf(token, { alg: ['RS256'] })).toContain('EC P-256, which does not fit RS256')
  })

  it('JW-02 the public key was taken for a secret', async () => {
    for (const secret of [pemOf(one.publicKey), pemOf(one.publicKey).trim()]) {
      const key = Buffer.from(secret)
      const token = await signed({}, { key, header: { alg: 'HS256', kid: undefined } })
      const source = await sourceOf({ pem: file('one.pem', pemOf(one.publicKey)) })
      for (const alg of [[], ['ES256'], ['HS256']]) {
        expect(await noteOf(token, { alg }, source)).toContain('a forgery')
      }
    }
  })

  it('JW-15 it is in DER', async () => {
    const token = await signed()
    const input = token.slice(0, token.lastIndexOf('.'))
    const der = sign('sha256', Buffer.from(input), one.privateKey).toString('base64url')
    expect(await noteOf(`${input}.${der}`)).toContain('good but in DER')
  })

  /** Of which every encoding is another text. */
  const bytes = Buffer.from(Array.from({ length: 34 }, (_, i) => 0xf8 + (i % 8)))
  const secretToken = (key: Uint8Array) =>
    signed({}, { key, header: { alg: 'HS256', kid: undefined } })

  it.each(['base64', 'base64url', 'hex'] as const)('the secret is in %s', async (encoding) => {
    const text = bytes.toString(encoding)
    const secretFile = file('secret', `${text}\n`)
    const [decoded, asText] = [await secretToken(bytes), await secretToken(Buffer.from(text))]
    const plain = await sourceOf({ secretFile })
    expect(await noteOf(decoded, { alg: ['HS256'] }, plain)).toContain(`decoded from ${encoding}`)
    expect(await faults(asText, { alg: ['HS256'] }, plain)).toEqual([])
    const read = await sourceOf({ secretFile, secretEncoding: encoding })
    expect(await noteOf(asText, { alg: ['HS256'] }, read)).toContain('as the text that it is')
    expect(await faults(decoded, { alg: ['HS256'] }, read)).toEqual([])
  })

  it('the secret has something around it, is short, or is of another kid', async () => {
    const secret = 'a secret that is long enough for HMAC'
    const alg = ['HS256']
    const spaced = await sourceOf({ secretFile: file('spaced', `  ${secret}\n`) })
    expect(await noteOf(await secretToken(Buffer.from(secret)), { alg }, spaced)).toContain(
      'without the spaces',
    )
    const broken = await sourceOf({ secretFile: file('broken', `${secret}\n`) })
    expect(await noteOf(await secretToken(Buffer.from(`${secret}\n`)), { alg }, broken)).toContain(
      'the line break at the end',
    )
    const short = await sourceOf({ secretFile: file('short', 'hunter2') })
    const shortNote = await noteOf(await secretToken(Buffer.from('hunter2')), { alg }, short)
    expect(shortNote).toContain('the secret has 7 bytes, and HS256 needs 32')
    expect(shortNote).toContain('must not be used')
    const k = Buffer.from(secret).toString('base64url')
    const named = await sourceOf({ jwk: file('oct.json', { kty: 'oct', k, kid: 'a' }) })
    const other = await signed({}, { key: Buffer.from(secret), header: { alg: 'HS256', kid: 'b' } })
    expect(await noteOf(other, { alg }, named)).toContain('another one, by its kid or its alg')
  })
})

describe('A token that cannot be read as it should', () => {
  it('JW-16 is refused, and what it would be is told', async () => {
    const token = await signed()
    const wrapped = `${token.slice(0, 40)}\n${token.slice(40)}`
    expect(await faults(wrapped)).toEqual([expect.stringContaining('copied from a terminal')])
    expect(await faults(`${token}=`)).toEqual(
      expect.arrayContaining([expect.stringContaining('not canonical base64url')]),
    )
    expect(await faults(token.slice(0, token.lastIndexOf('.') + 1))).toContain(
      'signature: there is none',
    )
  })

  it('JW-17 is refused if it is encrypted', async () => {
    const token = `${Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString('base64url')}..aaaa.aaaa.aaaa`
    expect(await faults(token)).toEqual(expect.arrayContaining([expect.stringContaining('(JWE)')]))
  })

  it('JW-01 is refused if nobody signed it', async () => {
    const claims = (await signed()).split('.')[1]
    for (const alg of ['none', 'None', 'nOnE', '', null, ['none'], undefined]) {
      const header = Buffer.from(JSON.stringify({ alg, typ: 'at+jwt' })).toString('base64url')
      for (const given of [{}, { alg: [] }]) {
        const { accepted } = await judged(`${header}.${claims}.`, given)
        expect(accepted).toBe(false)
      }
    }
  })
})

describe('The explanation', () => {
  it('JW-32 never accepts what the verifier refuses, and never refuses without a reason', async () => {
    const value = fc.oneof(
      fc.constantFrom<unknown>(undefined, null, '', 'x', 0, -1, NOW, NOW + 60, 1e300, [], {}),
      fc.constantFrom<unknown>(good.iss, good.aud, [good.aud], [good.aud, 1], 'a\u0007', [['a']]),
    )
    const name = fc.constantFrom(
      ...['iss', 'aud', 'sub', 'jti', 'client_id', 'exp', 'iat', 'nbf', 'scope', 'cnf', 'roles'],
    )
    const member = fc.constantFrom('alg', 'typ', 'kid', 'crit', 'b64', 'jwk')
    const asked = fc.record(
      {
        issuer: fc.constantFrom(good.iss, 'https://other.example'),
        audience: fc.constantFrom(good.aud, 'b'),
        typ: fc.constantFrom(['JWT'], ['any'], ['none', 'at+jwt']),
        alg: fc.constantFrom(['ES256'], ['HS256'], ['RS256', 'ES256']),
      },
      { requiredKeys: [] },
    )
    const changes = fc.dictionary(name, value, { maxKeys: 2 })
    const headers = fc.dictionary(member, value, { maxKeys: 1 })
    await fc.assert(
      fc.asyncProperty(changes, headers, asked, async (claims, header, change) => {
        const input = [
          { ...{ alg: 'ES256', kid: 'one', typ: 'at+jwt' }, ...header },
          { ...good, ...claims },
        ].map((each) => Buffer.from(JSON.stringify(each)).toString('base64url'))
        const key = { key: one.privateKey, dsaEncoding: 'ieee-p1363' } as const
        const signature = sign('sha256', Buffer.from(input.join('.')), key).toString('base64url')
        const token = `${input.join('.')}.${signature}`
        const asking = { alg: [], typ: [], tolerance: '30', ...change }
        const given = { ...caseOf(token), expected: expectationsOf(asking, NOW * 1000) }
        const refusal = await refusalOf(given)
        const { accepted, checks } = await judge(given)
        expect(accepted, JSON.stringify(checks)).toBe(refusal === undefined)
        expect(checks.some(({ outcome }) => outcome === 'failed')).toBe(!accepted)
      }),
      { numRuns: 150, examples: [[{ aud: '' }, {}, {}]] },
    )
  })

  it('UI-04 has nothing of a token that a terminal obeys', async () => {
    const hostile = '\u001b[2J\u009b1A\r\n\u202e'
    const token = await signed(
      { iss: hostile, aud: [hostile], sub: hostile, exp: hostile },
      { header: { kid: hostile, typ: hostile } },
    )
    const report = await judged(token, {}, { from: 'f', keys: [{ ...one.jwk, kid: hostile }] })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
    const obeyed = /[\u0000-\u001f\u007f-\u009f\u202e]/u
    for (const line of reportText(report, 80)) expect(line).not.toMatch(obeyed)
    expect(mainFault(report)).not.toMatch(obeyed)
  })

  it.each([40, 64, 110])('fits %i columns', async (width) => {
    const token = await signed({ aud: `https://${'a'.repeat(90)}.example`, exp: 1 })
    for (const line of reportText(await judged(token), width)) {
      expect(line.length, line).toBeLessThanOrEqual(width)
    }
  })
})

describe('What a token is verified with', () => {
  it('is one thing', async () => {
    const secretFile = file('a secret', 's')
    await expect(sourceOf({})).rejects.toThrow('nothing to verify with')
    await expect(sourceOf({ secretFile, jwk: 'x' })).rejects.toThrow('more than one')
  })

  it('is a public key, or the public half of a private one, whatever kid a token says', async () => {
    const pem = file('rsa.pem', pemOf(rsa.publicKey))
    const own = file('own.pem', rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
    const jwk = file('own.json', rsa.privateKey.export({ format: 'jwk' }))
    for (const alg of ['RS256', 'PS384']) {
      const token = await signed({}, { key: rsa.privateKey, header: { alg, kid: 'any' } })
      for (const source of [{ pem }, { pem: own }, { jwk }]) {
        expect(await faults(token, { alg: [] }, await sourceOf(source))).toEqual([])
      }
    }
    expect(JSON.stringify(await sourceOf({ jwk }).then(({ keys }) => keys))).not.toContain('"d"')
  })

  it.each([
    ['pem', 'no key', 'no public key in PEM'],
    ['pem', '-----BEGIN CERTIFICATE-----\nx', 'openssl x509'],
    ['jwk', 'no key', 'no JWK'],
    ['jwk', '[]', 'no JWK'],
    ['jwk', '{"kty":"oct","k":"*"}', 'no JWK'],
    ['jwk', '{"a":1}', 'no JWK'],
  ])('is refused if it is none: --%s %j', async (option, text, words) => {
    await expect(sourceOf({ [option]: file('bad', text) })).rejects.toThrow(words)
  })

  it('is a public key that OpenSSL wrote too', async () => {
    const pem = file('openssl.pem', pemOf(createPublicKey(one.privateKey)))
    expect(await faults(await signed(), {}, await sourceOf({ pem }))).toEqual([])
  })
})

describe('Expectations that are none', () => {
  it.each<[Partial<ExpectationOptions>, string]>([
    [{ alg: ['none'] }, '--alg'],
    [{ alg: ['ES256', 'ES256K'] }, '--alg'],
    [{ tolerance: '601' }, '--tolerance'],
    [{ tolerance: '' }, '--tolerance'],
    [{ tolerance: '-1' }, '--tolerance'],
    [{ tolerance: 'NaN' }, '--tolerance'],
    [{ at: 'noon' }, '--at'],
  ])('JW-13 are refused: %j', (change, option) => {
    expect(() => expectationsOf({ ...options, ...change }, 0)).toThrow(option)
  })
})
