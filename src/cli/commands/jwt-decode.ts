/**
 * `warder jwt decode`: what a token says.
 *
 * @module
 */

import type { Command } from 'commander'
import { systemPlatform } from '../../platform.ts'
import { inspect } from '../jwt/compact.ts'
import { decodedJson, decodedText } from '../jwt/decoded.ts'
import { lineWidth } from '../jwt/layout.ts'
import { readToken, type TokenOptions, withTokenOptions } from '../jwt/secret-input.ts'
import { print, printJson } from '../output.ts'

interface DecodeOptions extends TokenOptions {
  readonly json?: boolean
}

/** Adds the command to its group. */
export function decodeCommand(group: Command): void {
  withTokenOptions(group.command('decode'))
    .description('Show what a token says. Nothing is verified, and nothing leaves this machine.')
    .option('--json', 'for machines')
    .addHelpText('after', HELP)
    .action(async (argument: string | undefined, options: DecodeOptions) => {
      const token = inspect(await readToken(argument, options))
      const now = systemPlatform.now() / 1000
      if (options.json) return printJson(decodedJson(token, now))
      for (const line of decodedText(token, { now, width: lineWidth() })) print(line)
    })
}

const HELP = `
The token is not taken as an argument, where it would stay in the history of the shell. On a terminal you
are asked for it. “Bearer” and quotes around it do no harm. The signature and secrets are not shown.

Examples:
  $ warder jwt decode                      # asks for it
  $ pbpaste | warder jwt decode
  $ warder jwt decode --env ACCESS_TOKEN
  $ warder jwt decode --file token.txt --json | jq .claims
`
