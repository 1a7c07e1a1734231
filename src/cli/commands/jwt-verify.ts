/**
 * `warder jwt verify`: whether a token is good, and which check says what.
 *
 * @module
 */

import type { Command } from 'commander'
import { WarderError } from '../../errors.ts'
import { systemPlatform } from '../../platform.ts'
import { createOutwardFetch } from '../../protocol/outward-fetch.ts'
import { inspect } from '../jwt/compact.ts'
import { lineWidth } from '../jwt/layout.ts'
import { readToken, type TokenOptions, withTokenOptions } from '../jwt/secret-input.ts'
import { withSecretOptions } from '../jwt/secret-key.ts'
import { type ExpectationOptions, expectationsOf } from '../jwt/verify/expectations.ts'
import { type KeySourceOptions, readKeySource } from '../jwt/verify/key-source.ts'
import { judge, mainFault, reportJson, reportText } from '../jwt/verify/report.ts'
import { collect } from '../option-values.ts'
import { print, printJson } from '../output.ts'

interface VerifyOptions extends TokenOptions, KeySourceOptions, ExpectationOptions {
  readonly json?: boolean
  // Both kinds of options have it, and mean the same.
  readonly issuer?: string
}

/** Adds the command to its group. */
export function verifyCommand(group: Command): void {
  const command = withTokenOptions(group.command('verify'))
    .description('Verify a token as a guard would, and say which check failed. Exits with 1 then.')
    .option(
      '--issuer <url>',
      'who must have issued it; its keys are looked up unless others are named',
    )
    .option('--jwks <url>', 'where its keys are published')
    .option('--jwk <file>', 'a key, as a JWK or a JWK Set')
    .option('--pem <file>', 'a public key in PEM')
  withSecretOptions(command)
    .option('--audience <aud>', 'whom it must be for')
    .option(
      '--alg <alg>',
      'the algorithm; repeat for more (default what fits the key)',
      collect,
      [],
    )
    .option(
      '--typ <type>',
      'the kind: JWT, none, any; repeat for more (default at+jwt)',
      collect,
      [],
    )
    .option('--tolerance <seconds>', 'how far clocks may disagree', '30')
    .option('--at <time>', 'as if it were then: 15m ago, or a date (default now)')
    .option('--json', 'for machines: every check')
    .addHelpText('after', HELP)
    .action(async (argument: string | undefined, options: VerifyOptions) => {
      const expected = expectationsOf(options, systemPlatform.now())
      const token = await readToken(argument, options)
      const read = inspect(token)
      const source = await readKeySource(options, createOutwardFetch(NETWORK))
      const given = { token, read, expected, source }
      const report = await judge(given)
      if (options.json) printJson(reportJson(report, given))
      else for (const line of reportText(report, lineWidth())) print(line)
      if (!report.accepted)
        throw new WarderError('refused', `The token is refused: ${mainFault(report)}.`)
    })
}

/** The address is the user's own, so it may be in their own network too. */
const NETWORK = { allowPrivate: true, timeoutMs: 10_000, maxBytes: 262_144 }

const HELP = `
By the verifier of Warder's guards. What you do not say is not expected: without --audience a token for
any other API passes, and the report says so. An access token must also say at+jwt, sub, jti and client_id
(RFC 9068). Exits with 0 if it is good, with 3 if keys cannot be fetched.

Examples:
  $ warder jwt verify --env ACCESS_TOKEN --issuer https://auth.example.com \\
      --audience https://api.example.com
  $ pbpaste | warder jwt verify --jwks https://auth.example.com/.well-known/jwks.json --typ JWT
  $ warder jwt verify --file token.txt --secret-env JWT_SECRET --alg HS256 --typ any
  $ warder jwt verify --file token.txt --pem key.pub.pem --at 2026-01-31T12:00Z
`
