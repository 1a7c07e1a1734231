/**
 * `warder client add`: registering a client, with a secret, with keys, or with neither.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { ConfigError } from '../../errors.ts'
import type { NewClient, Registered } from '../../server/index.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { collect } from '../option-values.ts'
import { print, printJson, styled } from '../output.ts'

interface AddOptions extends StoreOptions {
  readonly id?: string
  readonly public?: boolean
  readonly resourceServer?: boolean
  readonly redirectUri: readonly string[]
  readonly grant: readonly string[]
  readonly scope: readonly string[]
  readonly authMethod?: string
  readonly jwks?: string
  readonly jwksUri?: string
  readonly signingAlg?: string
  readonly resource: readonly string[]
  readonly json?: boolean
}

/** Adds the command to its group. */
export function addCommand(group: Command): void {
  withStoreOptions(group.command('add <name>'))
    .description('Register a client. A secret, if it has one, is shown once.')
    .option('--id <id>', 'the client_id; one is made up otherwise')
    .option('--public', 'a client that cannot keep a secret')
    .option('--resource-server', 'an API that only asks whether tokens for its --resource are good')
    .option('--redirect-uri <uri>', 'where codes may be sent; repeat for more', collect, [])
    .option('--grant <type>', 'a grant type; repeat for more', collect, [])
    .option('--scope <scope>', 'a scope it is held to; repeat for more', collect, [])
    .option(
      '--auth-method <method>',
      'client_secret_basic, client_secret_post, private_key_jwt or none',
    )
    .option('--jwks <file>', 'its public keys, for private_key_jwt: a JWK or a JWK Set')
    .option('--jwks-uri <url>', 'or where it publishes them')
    .option('--signing-alg <alg>', 'the one algorithm it signs with')
    .option(
      '--resource <uri>',
      'a resource it is held to, and may ask about; repeat for more',
      collect,
      [],
    )
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      `
Examples:
  $ warder client add "My editor" --public --redirect-uri http://127.0.0.1/callback
  $ warder client add Nightly --grant client_credentials --scope files:read
  $ warder client add Nightly --grant client_credentials --jwks nightly.jwks.json
  $ warder client add "Files API" --resource-server --resource https://files.example.com/
  $ warder client add "My TV" --public --grant urn:ietf:params:oauth:grant-type:device_code`,
    )
    .action(async (name: string, options: AddOptions) => {
      const described = describe(name, options)
      await withWarder(options, async ({ clients }) => {
        showRegistered(await clients.add(described), options)
      })
    })
}

function describe(name: string, options: AddOptions): NewClient {
  const { id, scope, resource, redirectUri } = options
  return {
    ...(id === undefined ? {} : { id }),
    metadata: {
      client_name: name,
      redirect_uris: redirectUri,
      grant_types: grantTypes(options),
      token_endpoint_auth_method: authMethod(options),
      ...keys(options),
      ...(scope.length === 0 ? {} : { scope: scope.join(' ') }),
    },
    resources: resource.length === 0 ? null : resource,
  }
}

function grantTypes({ grant, resourceServer = false }: AddOptions): readonly string[] {
  if (!resourceServer) return grant.length > 0 ? grant : ['authorization_code', 'refresh_token']
  if (grant.length === 0) return []
  throw new ConfigError('--resource-server', 'has no --grant: it asks for no tokens.')
}

function authMethod({ authMethod, public: isPublic, jwks, jwksUri }: AddOptions): string {
  if (authMethod !== undefined) return authMethod
  if (jwks !== undefined || jwksUri !== undefined) return 'private_key_jwt'
  return isPublic ? 'none' : 'client_secret_basic'
}

function keys({ jwks, jwksUri, signingAlg }: AddOptions) {
  return {
    ...(jwks === undefined ? {} : { jwks: readKeys(jwks) }),
    ...(jwksUri === undefined ? {} : { jwks_uri: jwksUri }),
    ...(signingAlg === undefined ? {} : { token_endpoint_auth_signing_alg: signingAlg }),
  }
}

/** @throws {ConfigError} if there is no JSON in the file. It never repeats what is there. */
function readKeys(file: string): unknown {
  let found: unknown
  try {
    found = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new ConfigError(
      '--jwks',
      `${file} cannot be read as JSON.`,
      'Name a file with a JWK Set.',
    )
  }
  const isOneKey = typeof found === 'object' && found !== null && 'kty' in found
  return isOneKey ? { keys: [found] } : found
}

/** Shows a client, and its secret if it has one: now and never again. */
export function showRegistered(
  { client, ...registered }: Registered,
  { json = false }: { readonly json?: boolean },
): void {
  const secret = registered.secret?.reveal('showing it once')
  if (json) {
    const secretMember = secret === undefined ? {} : { client_secret: secret }
    printJson({ client_id: client.id, ...secretMember, ...client.metadata })
    return
  }
  print(`client_id      ${styled('bold', client.id)}`)
  if (secret === undefined) return
  print(`client_secret  ${styled('bold', secret)}`)
  print(styled('dim', 'The secret is not kept and cannot be shown again.'))
}
