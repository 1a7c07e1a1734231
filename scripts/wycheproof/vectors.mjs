/** The files of vectors that are about what guards verify. */

import { execFileSync } from 'node:child_process'

/** Files by what they are about. The curves and hash functions are those that JWA puts together. */
const SUBJECTS = {
  ECDSA: /^ecdsa_secp(256r1_sha256|384r1_sha384|521r1_sha512)_p1363_test$/,
  Ed25519: /^ed25519_test$/,
  'RSASSA-PKCS1-v1_5': /^rsa_signature_\d+_sha(256|384|512)_test$/,
  // Salts and masks that JWA has not are among them: all of those are to be refused.
  'RSASSA-PSS': /^rsa_pss_(\d+_sha(256|384|512)_mgf1\w*_\d+|misc)_test$/,
  HMAC: /^hmac_sha(256|384|512)_test$/,
  JOSE: /^json_web_(signature|key|crypto)_test$/,
}

const FOLDER = 'testvectors_v1'

/**
 * Reads the vectors of the newest commit.
 *
 * @throws {Error} if they are not there, or some of the subjects are missing.
 */
export function openVectors(directory) {
  const git = (...args) =>
    execFileSync('git', ['-C', directory, ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const listed = git('ls-tree', '--name-only', `HEAD:${FOLDER}`)
  const names = listed.split('\n').map((path) => path.replace(/\.json$/, ''))
  const files = Object.entries(SUBJECTS).flatMap(([subject, pattern]) => {
    const found = names.filter((name) => pattern.test(name))
    if (found.length === 0) throw new Error(`${directory} has no vectors of ${subject}`)
    return found.map((name) => {
      return { name, groups: groupsOf(JSON.parse(git('show', `HEAD:${FOLDER}/${name}.json`))) }
    })
  })
  const [commit, day] = git('log', '-1', '--format=%H %cs').trim().split(' ')
  return { files, commit, day }
}

/** The groups, each with the algorithm that only its file tells. Guards read no encrypted tokens. */
const groupsOf = ({ testGroups, algorithm }) =>
  testGroups
    .filter(({ tests }) => tests.every((test) => !('jwe' in test)))
    .map((group) => ({ ...group, algorithm }))
