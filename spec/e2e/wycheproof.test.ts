/** The program that holds vectors against the guard's verification sees what is wrong with either. */

import { execFileSync, spawnSync } from 'node:child_process'
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { root } from '../house/tree.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-vectors-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

interface Group {
  readonly type: string
  readonly tests: readonly Readonly<Record<string, unknown>>[]
}

const { publicKey: rsaPublic, privateKey: rsa } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
})
const { publicKey: ecPublic, privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const { publicKey: edPublic, privateKey: ed } = generateKeyPairSync('ed25519')

const message = Buffer.of(0, 0x80, 0xff)
const msg = message.toString('hex')
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' })

/** A vector that is valid, and one that is not. */
const pairOf = (signature: Buffer, members: Readonly<Record<string, unknown>> = {}) =>
  ['valid', 'invalid'].map((result, at) => {
    const sig = Buffer.from(signature.map((byte, index) => (index === 8 ? byte ^ at : byte)))
    return {
      ...{ tcId: at + 1, comment: '', flags: [], msg, result, sig: sig.toString('hex') },
      ...members,
    }
  })

/** One group of each subject, true in all that it says. */
const vectors = (): Record<string, Group> => ({
  ecdsa_secp256r1_sha256_p1363: {
    ...{ type: 'EcdsaP1363Verify', publicKey: { curve: 'secp256r1' }, publicKeyPem: pem(ecPublic) },
    tests: pairOf(sign('sha256', message, { key: ec, dsaEncoding: 'ieee-p1363' })),
  },
  ed25519: {
    ...{ type: 'EddsaVerify', publicKeyPem: pem(edPublic) },
    tests: pairOf(sign(null, message, ed)),
  },
  rsa_signature_2048_sha256: {
    ...{ type: 'RsassaPkcs1Verify', sha: 'SHA-256', keySize: 2048, publicKeyPem: pem(rsaPublic) },
    tests: pairOf(sign('sha256', message, rsa)),
  },
  rsa_pss_misc: {
    ...{ type: 'RsassaPssVerify', sha: 'SHA-256', mgfSha: 'SHA-256', sLen: 32 },
    ...{ publicKeyPem: pem(rsaPublic) },
    tests: pairOf(sign('sha256', message, { key: rsa, padding: 6, saltLength: 32 })),
  },
  hmac_sha256: {
    ...{ type: 'MacTest', keySize: 256, tagSize: 256 },
    tests: pairOf(createHmac('sha256', Buffer.alloc(32, 7)).update(message).digest()).map(
      ({ sig: tag, ...test }) => ({ ...test, tag, key: '07'.repeat(32) }),
    ),
  },
  json_web_signature: {
    type: 'JsonWebSignature',
    ...{ comment: 'own', private: { kty: 'oct', alg: 'HS256', k: 'x'.repeat(64) } },
    tests: [{ tcId: 1, comment: 'no token', flags: [], jws: 'a.b.c', result: 'invalid' }],
  },
})

/** Keeps vectors as the project does, and runs the program on them. */
function runOn(files: Readonly<Record<string, Group>>) {
  mkdirSync(join(directory, 'testvectors_v1'))
  for (const [name, group] of Object.entries(files)) {
    const content = { algorithm: 'HMACSHA256', testGroups: [group] }
    writeFileSync(join(directory, `testvectors_v1/${name}_test.json`), JSON.stringify(content))
  }
  const git = (...args: string[]) => execFileSync('git', ['-C', directory, ...args])
  git('init', '-q')
  git('add', '.')
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'Add vectors')
  return run(directory)
}

function run(...args: readonly string[]) {
  const script = join(root, 'scripts/wycheproof.mjs')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
  })
  // Here no vector needs any of the differences that are known, which is a fault of its own.
  const faults = stderr.split('\n').filter((line) => !line.includes('no vector differs any more'))
  return { status, stdout, faults: faults.filter((line) => line !== '') }
}

it('agrees with what is true', () => {
  const { faults, stdout } = runOn(vectors())
  expect(faults).toEqual([])
  expect(stdout).toContain('11 vectors, 11 agreed')
})

it.each(Object.keys(vectors()).filter((name) => !name.startsWith('json')))(
  'says of %s what is refused though it should not be, and the other way round',
  (name) => {
    const all = vectors()
    const group = all[name] ?? { type: '', tests: [] }
    const turned = { valid: 'invalid', invalid: 'valid' }
    const tests = group.tests.map(({ result, ...test }) => ({
      ...{ ...test, result: turned[result === 'valid' ? 'valid' : 'invalid'] },
    }))
    const { status, faults } = runOn({ ...all, [name]: { ...group, tests } })
    expect(status).toBe(1)
    expect(faults).toEqual([
      `FAULT ${name}_test #1 is invalid: node:crypto accepts it, WebCrypto accepts it`,
      `FAULT ${name}_test #2 is valid: node:crypto refuses it, WebCrypto refuses it`,
    ])
  },
)

it('takes no part of the vectors for all of them, and nothing else for vectors', () => {
  const { hmac_sha256: _, ...others } = vectors()
  expect(runOn(others)).toMatchObject({
    status: 2,
    faults: [expect.stringContaining('no vectors of HMAC')],
  })
  expect(run(join(directory, 'testvectors_v1'), '--help').status).toBe(2)
  expect(run('/').status).toBe(2)
})
