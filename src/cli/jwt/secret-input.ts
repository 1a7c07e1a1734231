/**
 * Where a command gets a token or a secret from: standard input, a file, an environment variable, or
 * the keyboard.
 *
 * Never an argument: that stays in the shell's history, and every user of the machine can read it while
 * the command runs. No message repeats what was given.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { ConfigError, WarderError } from '../../errors.ts'

/** More than any token or key. */
const MOST_BYTES = 1_048_576

/** The value of an environment variable. @param option - By which it was named. */
export function readVariable(name: string, option: string): string {
  const value = process.env[name]
  if (value !== undefined && value !== '') return value
  // A name that does not exist may be the secret itself, by way of a `$` too many.
  throw new ConfigError(
    option,
    'names no environment variable that is set.',
    'Write the name alone, without $.',
  )
}

/** What is in a file, or on standard input for `-`. @param option - By which it was named. */
export async function readInput(file: string, option: string): Promise<string> {
  if (file === '-') return readStandardInput(option)
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ConfigError(option, `${file} cannot be read.`, undefined, { cause })
  }
}

async function readStandardInput(option: string): Promise<string> {
  if (process.stdin.readableEnded) {
    throw new ConfigError(
      option,
      'standard input is read already.',
      'Use a file for one of the two.',
    )
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of process.stdin) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new ConfigError(option, 'standard input has no end.')
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** How a command is told where the token is. */
export interface TokenOptions {
  readonly file?: string
  readonly env?: string
}

/** Adds the ways in which a token may come. */
export function withTokenOptions(command: Command): Command {
  return command
    .argument('[-]', 'standard input, which is read unless something else is named')
    .option('--file <file>', 'the file that the token is in, - for standard input')
    .option('--env <name>', 'the environment variable that it is in')
}

/** A token, and nothing that stood around it. */
export async function readToken(
  argument: string | undefined,
  { file, env }: TokenOptions,
): Promise<string> {
  if (argument !== undefined && argument !== '-') throw refusedArgument()
  const named = [argument, file, env].filter((each) => each !== undefined)
  if (named.length > 1) {
    throw new ConfigError('--file, --env', 'name the token more than once.', 'Name it once.')
  }
  return unwrapped(await given(argument ?? file, env))
}

async function given(file: string | undefined, env: string | undefined): Promise<string> {
  if (env !== undefined) return readVariable(env, '--env')
  if (file !== undefined) return readInput(file, '--file')
  return process.stdin.isTTY ? askForToken() : readStandardInput('standard input')
}

async function askForToken(): Promise<string> {
  const { isCancel, password } = await import('@clack/prompts')
  // Asked beside the answer, which may go into a file.
  const output = process.stderr
  const answer = await password({ message: 'Paste the token (it is not shown)', mask: '', output })
  if (isCancel(answer)) throw new WarderError('cancelled', 'Nothing was read.')
  return answer ?? ''
}

function refusedArgument(): ConfigError {
  return new ConfigError(
    'the token',
    'is not taken as an argument: that stays in the history of the shell, and others can read it.',
    'Give it on standard input, with --file FILE or with --env NAME. ' +
      'If this one is still good, remove it from the history.',
  )
}

/** Without the scheme of a header, quotes, and the space around. */
function unwrapped(text: string): string {
  const trimmed = text.trim()
  const header = /^(?:authorization\s*:\s*)?(?:bearer|dpop)\s+/i.exec(trimmed)
  const value = header === null ? trimmed : trimmed.slice(header[0].length)
  const isQuoted = /^["'`]/.test(value) && value.length > 1 && value.endsWith(value.charAt(0))
  const token = (isQuoted ? value.slice(1, -1) : value).trim()
  const mistake = mistaken(token)
  if (mistake !== undefined) throw new WarderError('no_token', mistake)
  return token
}

/** What people have in their hands instead of a token. */
const mistakes: readonly (readonly [looks: RegExp, sentence: string])[] = [
  [/^$/, 'There is no token: nothing was given.'],
  [
    /^(?:undefined|null|None|NaN|\[object \w+\])$/,
    'This is no token but the word for a variable without a value: look at the program that sent it.',
  ],
  [/^[{[]/, 'This is JSON. Take the token out of it first, as with: jq -r .access_token'],
  [/^-----BEGIN /, 'This is a key or a certificate, not a token.'],
  [
    /^wrt_/,
    'This is a refresh token of Warder. Nobody but the server that issued it can read anything from it.',
  ],
  [/^wdr_/, 'This is an API key of Warder, not a JWT. See: warder apikey verify --help'],
  [
    /^[^.\s]+$/,
    'This is not a JWT: it has no dots. An opaque token means something to its issuer alone, who can be asked (RFC 7662).',
  ],
]

const mistaken = (text: string) => mistakes.find(([looks]) => looks.test(text))?.[1]
