/**
 * What a user says of the client that asks for tokens, and in which way to be asked: the options that
 * `connect`, `login` and `token` share, and those that people have in configurations of `mcp-remote`.
 *
 * @module
 */

import { type Command, Option } from 'commander'
import { DEFAULT_ACCOUNT } from '../../client/kept-grant.ts'
import { ConfigError } from '../../errors.ts'
import { parseJson } from '../../protocol/json.ts'
import { isObject } from '../../protocol/json-rpc.ts'
import { Secret } from '../../vault/secret.ts'
import { collect } from '../option-values.ts'
import type { ServiceOptions } from '../sign-in/service.ts'
import {
  type ClientNameFlags,
  checkClientName,
  clientSecretOf,
  readFile,
  withClientNameFlags,
} from './client-name.ts'
import { expanded } from './headers.ts'

/** What tokens are wanted, and by which client. */
export interface ClientFlags extends ClientNameFlags {
  readonly account?: string
  readonly scope: readonly string[]
  readonly issuer?: string
  readonly resource?: string
  readonly resourceParameter: boolean
  readonly disableResourceParameter?: boolean
  readonly clientCredentials?: boolean
  readonly tokenEndpoint?: string
  readonly staticOauthClientInfo?: string
}

/** And what a sign-in takes besides. */
export interface SignInFlags extends ClientFlags {
  readonly authorizeParam: readonly string[]
  readonly clientMetadataUrl?: string
  readonly staticOauthClientMetadata?: string
}

/** Adds the options of whoever wants tokens. */
export const withClientFlags = (command: Command): Command =>
  withClientNameFlags(command)
    .option('--account <name>', 'which of several accounts at the same service')
    .option(
      '--scope <scope>',
      'what to ask for, if not what the server says; repeatable',
      collect,
      [],
    )
    .option('--issuer <url>', 'the authorization server, if it is not to be found out')
    .option('--resource <uri>', 'what tokens are asked for, if not for the address itself')
    .option('--no-resource-parameter', 'for servers that refuse to be told what tokens are for')
    .addOption(new Option('--disable-resource-parameter').hideHelp())
    .option('--client-credentials', 'signs the client itself in, without a person')
    .option('--token-endpoint <url>', 'where, if the server publishes nothing')
    .option('--static-oauth-client-info <json>', 'client_id and client_secret, or @FILE with them')

/** Adds the options of whoever may sign a person in for them. */
export const withSignInFlags = (command: Command): Command =>
  withClientFlags(command)
    .option('--authorize-param <k=v>', 'adds to the authorization request; repeatable', collect, [])
    .option('--client-metadata-url <url>', 'where the client describes itself')
    .option('--static-oauth-client-metadata <json>', 'what a client registers with, or @FILE')

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
export function readClientFlags(flags: ClientFlags & Partial<SignInFlags>, env: Env): ReadFlags {
  const info = findJson(flags.staticOauthClientInfo, '--static-oauth-client-info', env)
  const metadata = findJson(flags.staticOauthClientMetadata, '--static-oauth-client-metadata', env)
  const isOnCommandLine =
    info?.client_secret !== undefined &&
    flags.staticOauthClientInfo?.startsWith('@') === false &&
    !flags.staticOauthClientInfo.includes('${')
  const { scope: registeredScope, client_name: _, redirect_uris: __, ...rest } = metadata ?? {}
  const clientId = flags.clientId ?? textIn(info, 'client_id')
  const clientSecret = clientSecretOf(flags) ?? inlineSecret(info)
  checkClientName(clientId, clientSecret)
  checkMachine(flags.clientCredentials, clientSecret)
  const scope = [...flags.scope, ...scopesIn(registeredScope)].flatMap(scopesIn)
  return {
    wishes: {
      account: flags.account ?? DEFAULT_ACCOUNT,
      ...{ scope: scope.length === 0 ? undefined : scope },
      ...{ clientId, clientSecret },
      clientIdUrl: flags.clientMetadataUrl,
      metadata: metadata === undefined ? undefined : rest,
      ...{ issuer: flags.issuer, indicator: flags.resource },
      sendsResource:
        flags.resourceParameter && flags.disableResourceParameter !== true ? undefined : false,
      ...{ isMachine: flags.clientCredentials, tokenEndpoint: flags.tokenEndpoint },
    },
    parameters: parametersOf(flags.authorizeParam ?? []),
    warnings: isOnCommandLine
      ? [
          `Others on this machine can read the client_secret while this runs. Write @FILE, or \${NAME} and put it into the environment.`,
        ]
      : [],
  }
}

function checkMachine(isMachine: boolean | undefined, secret: Secret<string> | undefined): void {
  if (isMachine !== true || secret !== undefined) return
  const hint = 'Name the file or the variable that it is in.'
  throw new ConfigError('--client-credentials', 'needs the secret of a client.', hint)
}

const scopesIn = (value: unknown): readonly string[] =>
  typeof value === 'string' ? value.split(' ').filter((scope) => scope !== '') : []

function textIn(object: Readonly<Record<string, unknown>> | undefined, name: string) {
  const value = object?.[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function inlineSecret(info: Readonly<Record<string, unknown>> | undefined) {
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
