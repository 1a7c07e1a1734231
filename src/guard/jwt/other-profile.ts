/**
 * Access tokens of issuers that have a form of their own: no type in the header, other names for the
 * client and the scopes, roles somewhere else.
 *
 * Chosen issuer by issuer, because such tokens look like ID tokens: what tells them apart is the
 * audience, and what the options require.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8725#section-3.12 | RFC 8725 §3.12}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import {
  areTexts,
  checkAudience,
  checkTimes,
  isNumericDate,
  isPrintable,
  quoted,
  refuseToken,
  scopesOf,
} from '../../protocol/jwt-claims.ts'
import type { Identity } from '../credentials/credential.ts'
import type { ClaimPlace, ClaimPlaces, OtherIssuer } from './issuer-options.ts'
import type { Draft, Profile, ProfileRules, SignedToken } from './profile.ts'

type Claims = Readonly<Record<string, unknown>>

/** What only ID tokens and messages between servers have. */
const NOT_OF_ACCESS_TOKENS = ['at_hash', 'c_hash', 's_hash', 'events']

/** Where issuers say what, the first that is there. */
const USUAL = {
  subject: ['sub'],
  client: ['client_id', 'azp', 'appid'],
  scope: ['scope', 'scp'],
  roles: ['roles'],
  audience: ['aud'],
  tokenId: ['jti'],
} satisfies Record<keyof ClaimPlaces, readonly string[]>

/**
 * Makes the profile of an issuer.
 *
 * @throws {ConfigError} if a claim is named by anything but texts.
 */
export function otherProfile(
  { claims: places = {}, required = {}, isRevoked }: Omit<OtherIssuer, 'issuer' | 'profile'>,
  rules: ProfileRules,
): Profile {
  checkPlaces(places)
  checkRequired(required)
  const demands = Object.entries(required)
  const find = (claims: Claims, what: keyof ClaimPlaces): unknown => {
    const place = places[what]
    if (place !== undefined) return valueAt(claims, place)
    const name = USUAL[what].find((usual) => claims[usual] !== undefined)
    return name === undefined ? undefined : claims[name]
  }

  return {
    typ: [undefined, 'jwt', 'at+jwt'],
    read(token) {
      const claims: Claims = token.claims
      checkAudience(find(claims, 'audience'), rules.audience)
      checkTimes(claims, rules)
      for (const name of NOT_OF_ACCESS_TOKENS) {
        if (claims[name] !== undefined) refuseToken(`${name} is not for access tokens`)
      }
      for (const [name, value] of demands) {
        if (claims[name] !== value) {
          refuseToken(`${name} is ${quoted(claims[name])} instead of ${quoted(value)}`)
        }
      }
      const identity = identityOf(token, claims.exp, (what) => find(claims, what))
      return isRevoked === undefined
        ? { identity }
        : { identity, isRevoked: () => isRevoked(claims) }
    },
  }
}

function identityOf(
  { claims, issuer, digest, keyId }: SignedToken,
  exp: number,
  find: (what: keyof ClaimPlaces) => unknown,
): Identity {
  const { auth_time, acr, amr, cnf } = claims
  const identity: Draft = {
    subject: textOf('subject', find('subject')),
    clientId: textOf('client', find('client')),
    issuer,
    scopes: scopesIn(find('scope')),
    roles: rolesIn(find('roles')),
    credentialId: textOf('tokenId', find('tokenId') ?? digest),
    expiresAt: exp * 1000,
    claims,
  }
  if (cnf !== undefined) identity.confirmation = checkConfirmation(cnf)
  if (keyId !== undefined) identity.keyId = keyId
  // What cannot be read proves nothing, and rules that ask for it refuse.
  if (isNumericDate(auth_time)) identity.authTime = auth_time * 1000
  if (isPrintable(acr)) identity.acr = acr
  if (areTexts(amr)) identity.amr = amr
  return identity
}

function textOf(what: keyof ClaimPlaces, value: unknown): string {
  if (isPrintable(value)) return value
  return refuseToken(
    `${what} (${USUAL[what].join(', ')} unless told) is missing or not a plain text`,
  )
}

function scopesIn(value: unknown): readonly string[] {
  if (value === undefined || typeof value === 'string') return scopesOf(value)
  if (!areTexts(value)) return refuseToken('scope is neither a text nor a list of texts')
  if (!value.every((name) => scopesOf(name)[0] === name)) {
    return refuseToken('scope is a list of more than names')
  }
  return [...new Set(value)]
}

function rolesIn(value: unknown): readonly string[] {
  if (value === undefined) return []
  if (areTexts(value)) return value
  return isPrintable(value) ? [value] : refuseToken('roles is not a list of plain texts')
}

/** Whether what it says can be proved is found out where bindings are checked. */
function checkConfirmation(cnf: unknown): Claims {
  return isObject(cnf) ? cnf : refuseToken('cnf is not an object')
}

const isObject = (value: unknown): value is Claims => typeof value === 'object' && value !== null

function valueAt(claims: Claims, place: ClaimPlace): unknown {
  if (typeof place === 'string') return claims[place]
  let value: unknown = claims
  for (const name of place) value = memberOf(value, name)
  return value
}

const memberOf = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

function checkPlaces(places: ClaimPlaces): void {
  for (const [what, place] of Object.entries(places)) {
    const names = typeof place === 'string' ? [place] : place
    if (Object.hasOwn(USUAL, what) && areTexts(names) && names.length > 0) continue
    const hint = `Known are ${Object.keys(USUAL).join(', ')}; a place is a name, or a list of names.`
    throw new ConfigError(`claims.${what}`, 'is no place in a token.', hint)
  }
}

/** Exact texts only: a pattern would let through what nobody thought of. */
function checkRequired(required: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(required)) {
    if (typeof value === 'string') continue
    throw new ConfigError(`required.${name}`, 'must be the exact text of the claim.')
  }
}
