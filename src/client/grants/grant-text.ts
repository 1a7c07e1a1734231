/**
 * Grants and registrations as text, and back: JSON that is only ever written to be sealed.
 *
 * @module
 */

import type { JWK } from 'jose'
import { parseJson } from '../../protocol/json.ts'
import { isObject, type JsonObject } from '../../protocol/json-rpc.ts'
import { Secret } from '../../vault/secret.ts'
import type { GrantKey, KeptGrant, KeptRegistration } from '../kept-grant.ts'

/** Every member, so that one that is added cannot be forgotten here. */
type Members<T> = { readonly [Name in keyof Required<T>]: unknown }

const SEALING = 'sealing what is kept'

/** A grant as text. It shows everything: to be sealed at once. */
export function writeGrant(grant: KeptGrant): string {
  const members: Members<KeptGrant> = {
    key: grant.key,
    tokenEndpoint: grant.tokenEndpoint,
    tokenType: grant.tokenType,
    accessToken: grant.accessToken.reveal(SEALING),
    expiresAt: grant.expiresAt,
    refreshToken: grant.refreshToken?.reveal(SEALING),
    scopes: grant.scopes,
    dpopKey: grant.dpopKey?.reveal(SEALING),
    label: grant.label,
    givenAt: grant.givenAt,
  }
  return JSON.stringify(members)
}

/** A registration as text. It shows everything: to be sealed at once. */
export function writeRegistration(registration: KeptRegistration): string {
  const members: Members<KeptRegistration> = {
    issuer: registration.issuer,
    clientId: registration.clientId,
    clientSecret: registration.clientSecret?.reveal(SEALING),
    tokenEndpointAuthMethod: registration.tokenEndpointAuthMethod,
    redirectUris: registration.redirectUris,
    tokenEndpoint: registration.tokenEndpoint,
    expiresAt: registration.expiresAt,
  }
  return JSON.stringify(members)
}

/**
 * Reads a grant.
 *
 * @throws {SyntaxError} if it is none. The message never quotes the text.
 */
export function parseGrant(text: string): KeptGrant {
  const members = objectOf(parseJson(text), 'grant')
  const { expiresAt, refreshToken, dpopKey, label } = members
  return {
    key: parseKey(members.key),
    tokenEndpoint: textOf(members, 'tokenEndpoint'),
    tokenType: parseTokenType(members.tokenType),
    accessToken: new Secret(textOf(members, 'accessToken')),
    scopes: textsOf(members, 'scopes'),
    givenAt: numberOf(members, 'givenAt'),
    ...(expiresAt !== undefined && { expiresAt: numberOf(members, 'expiresAt') }),
    ...(refreshToken !== undefined && {
      refreshToken: new Secret(textOf(members, 'refreshToken')),
    }),
    ...(dpopKey !== undefined && { dpopKey: new Secret(parseJwk(dpopKey)) }),
    ...(label !== undefined && { label: textOf(members, 'label') }),
  }
}

/**
 * Reads a registration.
 *
 * @throws {SyntaxError} if it is none. The message never quotes the text.
 */
export function parseRegistration(text: string): KeptRegistration {
  const members = objectOf(parseJson(text), 'registration')
  const { clientSecret, tokenEndpoint, expiresAt } = members
  return {
    issuer: textOf(members, 'issuer'),
    clientId: textOf(members, 'clientId'),
    tokenEndpointAuthMethod: textOf(members, 'tokenEndpointAuthMethod'),
    redirectUris: textsOf(members, 'redirectUris'),
    ...(clientSecret !== undefined && {
      clientSecret: new Secret(textOf(members, 'clientSecret')),
    }),
    ...(tokenEndpoint !== undefined && { tokenEndpoint: textOf(members, 'tokenEndpoint') }),
    ...(expiresAt !== undefined && { expiresAt: numberOf(members, 'expiresAt') }),
  }
}

function parseKey(value: unknown): GrantKey {
  const members = objectOf(value, 'key')
  return {
    issuer: textOf(members, 'issuer'),
    clientId: textOf(members, 'clientId'),
    resource: textOf(members, 'resource'),
    account: textOf(members, 'account'),
  }
}

function parseTokenType(value: unknown): KeptGrant['tokenType'] {
  if (value === 'Bearer' || value === 'DPoP') return value
  throw isNo('tokenType')
}

function parseJwk(value: unknown): JWK {
  const members = objectOf(value, 'dpopKey')
  return { ...members, kty: textOf(members, 'kty') }
}

function objectOf(value: unknown, name: string): JsonObject {
  if (isObject(value)) return value
  throw isNo(name)
}

function textOf(members: JsonObject, name: string): string {
  const value = members[name]
  if (typeof value === 'string') return value
  throw isNo(name)
}

function numberOf(members: JsonObject, name: string): number {
  const value = members[name]
  if (typeof value === 'number') return value
  throw isNo(name)
}

function textsOf(members: JsonObject, name: string): readonly string[] {
  const value = members[name]
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value
  throw isNo(name)
}

const isNo = (name: string): SyntaxError => new SyntaxError(`“${name}” is not what it should be.`)
