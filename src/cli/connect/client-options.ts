/**
 * What a user says of the client that asks for tokens, and in which way to be asked: the options that
 * `connect`, `login` and `token` share, and those that people have in configurations of `mcp-remote`.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { DEFAULT_ACCOUNT } from '../../client/kept-grant.ts'
import { ConfigError } from '../../errors.ts'
import { parseJson } from '../../protocol/json.ts'
import { isObject } from '../../protocol/json-rpc.ts'
import { Secret } from '../../vault/secret.ts'
import { readVariable } from '../jwt/secret-input.ts'
import { collect } from '../option-values.ts'
import type { ServiceOptions } from '../sign-in/service.ts'
import { expanded } from './headers.ts'

/** As commander gives them. */
export interface ClientFlags {
  readonly account?: string
  readonly scope: readonly string[]
  readonly clientId?: string
  readonly clientSecretEnv?: string
  readonly clientSecretFile?: string
  readonly clientMetadataUrl?: string
  readonly issuer?: string
  readonly resource?: string
  readonly resourceParameter: boolean
  readonly disableResourceParameter?: boolean
  readonly authorizeParam: readonly string[]
  readonly clientCredentials?: boolean
  readonly tokenEndpoint?: string
  readonly staticOauthClientInfo?: string
  readonly staticOauthClientMetadata?: string
}

/** Adds the options. */
export function withClientFlags(command: Command): Command {
  return command
    .option('--account <name>', 'which of several accounts at the same service')
    .option(
      '--scope <scope>',
      'what to ask for, if not what the server says; repeatable',
      collect,
      [],
    )
    .option('--client-id <id>', 'the client, if the server knows it by a name or an address')
    .option('--client-secret-env <name>', 'the environment variable that its secret is in')
    .option('--client-secret-file <file>', 'the file that its secret is in')
    .option('--issuer <url>', 'the authorization server, if it is not to be found out')
    .option('--resource <uri>', 'what tokens are asked for, if not for the address itself')
    .option('--no-resource-parameter', 'for servers that refuse to be told what tokens are for')
    .addOption(new Option('--disable-resource-parameter').hideHelp())
    .option('--authorize-param <k=v>', 'adds to the authorization request; repeatable', collect, [])
    .option('--client-metadata-url <url>', 'where the client describes itself')
    .option('--client-credentials', 'signs the client itself in, without a person')
    .option('--token-endpoint <url>', 'where, if the server publishes nothing')
    .option('--static-oauth-client-info <json>', 'client_id and client_secret, or @FILE with them')
    .option('--static-oauth-client-metadata <json>', 'what a client registers with, or @FILE')
}

/** What is asked of the service. */
export type Wishes = Omit<ServiceOptions, 'url' | 'store' | 'fetch' | 'trace' | 'ask'>

/** What the options mean, and what is to be said about them. */
export interface ReadFlags {
  readonly wishes: Wishes
  readonly parameters: Readonly<Record<string, string>>
  readonly warnings: readonly string[]
}

type Env = Readonly<Record<string, string | undefined>>

/** @throws {ConfigError} for options that are malformed or contradict each other. */
export function readClientFlags(flags: ClientFlags, env: Env): ReadFlags {
  const info = findJson(flags.staticOauthClientInfo, '--static-oauth-client-info', env)
  const metadata = findJson(flags.staticOauthClientMetadata, '--static-oauth-client-metadata', env)
  const isOnCommandLine =
    info?.client_secret !== undefined &&
    flags.staticOauthClientInfo?.startsWith('@') === false &&
    !flags.staticOauthClientInfo.includes('${')
  const { scope: registeredScope, client_name: _, redirect_uris: __, ...rest } = metadata ?? {}
  const scope = [...flags.scope, ...scopesIn(registeredScope)].flatMap(scopesIn)
  return {
    wishes: {
      account: flags.account ?? DEFAULT_ACCOUNT,
      ...{ scope: scope.length === 0 ? undefined : scope },
      ...{ clientId: flags.clientId ?? textIn(info, 'client_id') },
      clientSecret: secretOf(flags, info),
      clientIdUrl: flags.clientMetadataUrl,
      metadata: metadata === undefined ? undefined : rest,
      ...{ issuer: flags.issuer, indicator: flags.resource },
      sendsResource:
        flags.resourceParameter && flags.disableResourceParameter !== true ? undefined : false,
      ...{ isMachine: flags.clientCredentials, tokenEndpoint: flags.tokenEndpoint },
    },
    parameters: parametersOf(flags.authorizeParam),
    warnings: isOnCommandLine
      ? [
          `Others on this machine can read the client_secret while this runs. Write @FILE, or \${NAME} and put it into the environment.`,
        ]
      : [],
  }
}

const scopesIn = (value: unknown): readonly string[] =>
  typeof value === 'string' ? value.split(' ').filter((scope) => scope !== '') : []

function textIn(object: Readonly<Record<string, unknown>> | undefined, name: string) {
  const value = object?.[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function secretOf(
  { clientSecretEnv, clientSecretFile }: ClientFlags,
  info: Readonly<Record<string, unknown>> | undefined,
): Secret<string> | undefined {
  if (clientSecretEnv !== undefined) {
    return new Secret(readVariable(clientSecretEnv, '--client-secret-env'))
  }
  if (clientSecretFile !== undefined) {
    return new Secret(readFile(clientSecretFile, '--client-secret-file').trim())
  }
  const given = textIn(info, 'client_secret')
  return given === undefined ? undefined : new Secret(given)
}

/** Of the flow itself; another value would be refused by the server, or worse. */
const OWN_PARAMETERS =
  /^(?:state|nonce|code_challenge(?:_method)?|client_id|redirect_uri|response_type|resource|scope)$/

function parametersOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = '', value = ''] = /^([\w.-]+)=(.*)$/s.exec(pair) ?? []
      if (name === '') throw new ConfigError('--authorize-param', 'must be written as name=value.')
      if (!OWN_PARAMETERS.test(name)) return [name, value]
      throw new ConfigError('--authorize-param', `cannot set ${name}, which each sign-in has anew.`)
    }),
  )
}

/** JSON that was given as it is, or as `@FILE`, with the variables that it names. */
function findJson(given: string | undefined, option: string, env: Env) {
  if (given === undefined) return undefined
  const text = given.startsWith('@') ? readFile(given.slice(1), option) : given
  try {
    const value = parseJson(text)
    if (isObject(value)) return expandedValues(value, env, option)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
  }
  throw new ConfigError(option, 'must be a JSON object, or @FILE with one.')
}

/** Only whole values are expanded, so that none can add members. */
const expandedValues = (value: Readonly<Record<string, unknown>>, env: Env, option: string) =>
  Object.fromEntries(
    Object.entries(value).map(([name, each]): [string, unknown] => [
      name,
      typeof each === 'string' ? expanded(each, env, option) : each,
    ]),
  )

function readFile(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ConfigError(option, `${file} cannot be read.`, undefined, { cause })
  }
}
