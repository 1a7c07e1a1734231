/**
 * `warder jwt sign`: a token for a test.
 *
 * @module
 */

import type { Command } from 'commander'
import { CompactSign } from 'jose'
import { systemPlatform } from '../../platform.ts'
import { type ClaimOptions, claimsOf } from '../jwt/claim-options.ts'
import { type PrivateKeyOptions, readPrivateKey } from '../jwt/private-key.ts'
import { withSecretOptions } from '../jwt/secret-key.ts'
import { collect } from '../option-values.ts'
import { print, printJson } from '../output.ts'

interface SignOptions extends ClaimOptions, PrivateKeyOptions {
  readonly typ: string
  readonly json?: boolean
}

/** Adds the command to its group. */
export function signCommand(group: Command): void {
  const command = group
    .command('sign')
    .description('Sign a token, for tests and development. It is all that is printed.')
    .option('--key <file>', 'the private key: a JWK, a JWK Set or PEM, - for standard input')
  withSecretOptions(command)
    .option('--alg <alg>', 'the algorithm, if the key is for several (RS256 for RSA)')
    .option('--kid <kid>', 'the id of the key (default what the JWK says)')
    .option('--typ <type>', 'the kind of token, or none', 'at+jwt')
    .option('--issuer <iss>', 'who issues it (iss)')
    .option('--subject <sub>', 'whom it is about (sub)')
    .option('--audience <aud>', 'whom it is for (aud); repeat for more', collect, [])
    .option(
      '--expires-in <duration>',
      'how long it is good, as in 15m; -5m: it is over (default 15m)',
    )
    .option('--claim <claim>', 'name=text or name:=JSON; repeat for more', collect, [])
    .option('--claims <file>', 'a JSON object of claims, - for standard input')
    .option('--omit <claim>', 'leave a claim out, as in exp; repeat for more', collect, [])
    .option('--json', 'for machines: the token, its header and its claims')
    .addHelpText('after', HELP)
    .action(async (options: SignOptions) => {
      const { key, alg, kid } = await readPrivateKey(options)
      const claims = await claimsOf(options, systemPlatform)
      const header = {
        alg,
        ...(kid === undefined ? {} : { kid }),
        ...(options.typ === 'none' ? {} : { typ: options.typ }),
      }
      const token = await new CompactSign(Buffer.from(JSON.stringify(claims)))
        .setProtectedHeader(header)
        .sign(key)
      if (options.json) printJson({ token, header, claims })
      else print(token)
    })
}

const HELP = `
For tests and development. Tokens for people come from an authorization server, which knows who they are
and can take them back. iat, exp (in 15 minutes) and jti are added unless you name or omit them.

Examples:
  $ warder jwt keygen --out key.json > jwks.json
  $ warder jwt sign --key key.json --issuer https://auth.example.com --subject alice \\
      --audience https://api.example.com --claim client_id=test --claim scope=files:read
  $ warder jwt sign --key key.json --expires-in=-5m --omit aud --claim roles:='["admin"]'
  $ warder jwt sign --secret-env JWT_SECRET --typ JWT --claims claims.json
`
