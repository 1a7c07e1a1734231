/**
 * Where the keys of an issuer come from, as a guard is told.
 *
 * @module
 */

import type { JSONWebKeySet, JWK } from 'jose'
import { ConfigError } from '../../errors.ts'
import type { FindKey } from '../../protocol/jwt.ts'
import { keepKeys } from '../../protocol/kept-keys.ts'
import { type KeySetRules, keySetReader } from '../../protocol/key-set.ts'
import type { NowOrLater } from '../../protocol/now-or-later.ts'
import { jwksFrom, jwksOf } from '../jwks.ts'
import { checkTrustworthyUrl } from '../trustworthy-url.ts'
import { fixedKeys } from './fixed-keys.ts'
import { jwkOfPem } from './pem.ts'
import { type Secret, secretKey } from './secret.ts'

/**
 * Where keys come from. What is fetched, or got from a function, is kept for five minutes, and for an
 * hour while it cannot be had.
 */
export type KeySource =
  /** Published as a JWK set. */
  | { readonly jwksUri: string }
  /** A JWK set, or what gets one. */
  | { readonly jwks: JSONWebKeySet | (() => NowOrLater<JSONWebKeySet>) }
  /** One public key. Without a `kid` of its own it is for every token. */
  | { readonly jwk: JWK }
  /** One public key in PEM (`BEGIN PUBLIC KEY`), for every token. */
  | { readonly pem: string }
  /** A secret that is shared with the issuer, or what gets it, for HMAC. No guard is made without one. */
  | { readonly secret: Secret | undefined | (() => NowOrLater<Secret>) }
  /** Asked for every token, and so keeps what it knows by itself. A key is one object while it is good. */
  | { readonly find: FindKey }

/** What else is to be known of the keys. */
export interface KeyNeeds extends KeySetRules {
  readonly issuer: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly fetch: typeof globalThis.fetch
}

/** The keys of an issuer. */
export interface IssuerKeys {
  readonly find: FindKey
  /** Lets none serve that is not got from now on. */
  forget?(): void
}

/** The sources by the member that tells them. */
const SOURCES = ['jwksUri', 'jwks', 'jwk', 'pem', 'secret', 'find']

/**
 * Checks which source is told, before anything is got from it.
 *
 * @throws {ConfigError} unless it is exactly one.
 */
export function checkKeySource(source: KeySource | undefined): void {
  if (source === undefined) return
  const members = typeof source === 'object' && source !== null ? Object.keys(source) : []
  const [member = ''] = members
  if (members.length === 1 && SOURCES.includes(member)) return
  throw new ConfigError('keys', `must have one of ${SOURCES.join(', ')}.`)
}

/**
 * Makes what finds the keys of an issuer.
 *
 * @throws {ConfigError} if what is told is no source, or a key that must not be used.
 */
export function keysFrom(source: KeySource | undefined, needs: KeyNeeds): IssuerKeys {
  const { issuer, algorithms, fetch, now } = needs
  const kept = (load: () => NowOrLater<unknown>) => {
    const read = keySetReader(needs)
    return keepKeys({ load: async () => read(await load()), now })
  }
  if (source === undefined) return kept(jwksOf(issuer, fetch))
  if ('jwksUri' in source) {
    checkTrustworthyUrl('keys.jwksUri', source.jwksUri)
    return kept(jwksFrom(source.jwksUri, fetch))
  }
  if ('find' in source) return { find: checkFunction('keys.find', source.find) }
  if ('secret' in source) return secretFrom(source.secret, needs)
  if ('pem' in source) {
    return { find: fixedKeys([jwkOfPem(source.pem, algorithms)], { algorithms, path: 'keys.pem' }) }
  }
  if ('jwk' in source) {
    return { find: fixedKeys([source.jwk], { algorithms, path: 'keys.jwk' }) }
  }
  if (typeof source.jwks === 'function') return kept(source.jwks)
  return { find: fixedKeys(keysOf(source.jwks), { algorithms, path: 'keys.jwks' }) }
}

function secretFrom(
  secret: Secret | undefined | (() => NowOrLater<Secret>),
  { algorithms: [alg = ''], now }: KeyNeeds,
): IssuerKeys {
  if (typeof secret === 'function') {
    return forEveryToken(
      keepKeys({ load: async () => [await secretKey(await secret(), alg)], now }),
    )
  }
  const key = secretKey(secret, alg)
  return { find: () => key }
}

/** A secret is known by no id, whatever id a token says. */
const forEveryToken = ({ find, forget }: Required<IssuerKeys>): IssuerKeys => ({
  find: ({ alg }) => find({ alg, kid: undefined }),
  forget,
})

function keysOf(jwks: unknown): readonly unknown[] {
  const keys = typeof jwks === 'object' && jwks !== null && 'keys' in jwks ? jwks.keys : undefined
  if (Array.isArray(keys)) return keys
  throw new ConfigError('keys.jwks', 'must be a JWK set, or a function that gets one.')
}

function checkFunction(path: string, find: FindKey): FindKey {
  if (typeof find === 'function') return find
  throw new ConfigError(path, 'must be a function that finds a key.')
}
