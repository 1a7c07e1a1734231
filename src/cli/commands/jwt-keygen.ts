/**
 * `warder jwt keygen`: a key to sign tokens with.
 *
 * @module
 */

import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { ConfigError } from '../../errors.ts'
import { systemPlatform } from '../../platform.ts'
import { checkFree, type KeyFile, writeKeyFile } from '../jwt/key-file.ts'
import { hmacBytes } from '../jwt/key-kinds.ts'
import { keyAlgorithms, makeKey, type NewKey } from '../jwt/new-key.ts'
import { print, printJson, tell } from '../output.ts'

interface KeygenOptions {
  readonly alg: string
  readonly out?: string
  readonly publicOut?: string
  readonly kid: string
  readonly rsaBits: string
  readonly pem?: boolean
  readonly force?: boolean
  readonly json?: boolean
}

/** Adds the command to its group. */
export function keygenCommand(group: Command): void {
  group
    .command('keygen')
    .description('Make a key. The private half goes into a file, the public one is printed.')
    .addOption(new Option('--alg <alg>', 'what it is for').choices(keyAlgorithms).default('ES256'))
    .option('--out <file>', 'where the private key or the secret goes; - prints it, and it alone')
    .option('--public-out <file>', 'a file for the public key, which is not printed then')
    .option('--kid <kid>', 'its id: one of yours, or its thumbprint (RFC 7638)', 'thumbprint')
    .addOption(
      new Option('--rsa-bits <bits>', 'the size of an RSA key')
        .choices(['2048', '3072', '4096'])
        .default('3072'),
    )
    .option('--pem', 'PEM (PKCS #8 and SPKI) instead of JWK')
    .option('--force', 'write over files that are there')
    .option('--json', 'for machines: the id, the files and the public key')
    .addHelpText('after', HELP)
    .action(async (options: KeygenOptions) => {
      const files = filesOf(options)
      if (!options.force) checkFree(files)
      const { alg, rsaBits, kid } = options
      const named = kid === 'thumbprint' ? {} : { kid }
      const key = await makeKey({ alg, rsaBits: Number(rsaBits), ...named }, systemPlatform)
      for (const file of files) {
        const text = file.option === '--out' ? privateText(key, options) : publicText(key, options)
        writeKeyFile({ ...file, text }, options.force === true)
      }
      show(key, options)
    })
}

type NamedFile = Omit<KeyFile, 'text'>

/** Where to, checked before anything is made. */
function filesOf({ alg, out, publicOut, pem }: KeygenOptions): readonly NamedFile[] {
  if (out === undefined) {
    throw new ConfigError('--out', 'is missing: nobody would have the private key.', 'Name a file.')
  }
  if (hmacBytes.has(alg) && (publicOut !== undefined || pem === true)) {
    throw new ConfigError('--alg', `${alg} has one secret: no public half, and no PEM.`)
  }
  if (publicOut !== undefined && (publicOut === '-' || resolve(publicOut) === resolve(out))) {
    throw new ConfigError('--public-out', 'must be a file of its own.')
  }
  const privateFile: NamedFile = { path: out, mode: 0o600, option: '--out' }
  return [
    ...(out === '-' ? [] : [privateFile]),
    ...(publicOut === undefined ? [] : [{ path: publicOut, mode: 0o644, option: '--public-out' }]),
  ]
}

const pretty = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

const privateText = ({ privateJwk, pem }: NewKey, options: KeygenOptions) =>
  options.pem && pem !== undefined ? pem.private : pretty(privateJwk)

const publicText = ({ publicJwk, pem }: NewKey, options: KeygenOptions) =>
  options.pem && pem !== undefined ? pem.public : pretty({ keys: [publicJwk] })

function show(key: NewKey, options: KeygenOptions): void {
  const { out, publicOut, json } = options
  if (out === '-') print(privateText(key, options).trimEnd())
  else if (json) printJson(summary(key, options))
  else {
    const isPair = key.publicJwk !== undefined
    if (isPair && publicOut === undefined) print(publicText(key, options).trimEnd())
    const what = isPair ? 'The private key' : 'The secret'
    tell(`${what} is in ${out}, for you alone (mode 0600). Its id is ${key.kid}.`)
  }
}

const summary = ({ kid, publicJwk }: NewKey, { alg, out, publicOut }: KeygenOptions) => ({
  ...{ kid, alg, out },
  ...(publicOut === undefined ? {} : { publicOut }),
  ...(publicJwk === undefined ? {} : { jwks: { keys: [publicJwk] } }),
})

const HELP = `
Printed is a JWK Set with the public key, for whoever verifies: redirect it, or use --public-out. The
private key goes into a file of mode 0600, which is never written over another. A secret for HMAC has no
public half, and an id that does not follow from it. A server of Warder makes its own keys: warder key

Examples:
  $ warder jwt keygen --out key.json > jwks.json
  $ warder jwt keygen --alg RS256 --pem --out key.pem --public-out key.pub.pem
  $ warder jwt keygen --alg HS256 --out secret.json
`
