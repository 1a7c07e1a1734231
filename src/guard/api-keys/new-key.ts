/**
 * What may be said of a new API key.
 *
 * @module
 */

import { WarderError } from '../../errors.ts'
import { parseResource } from '../../protocol/resource.ts'
import type { ApiKeyAllowance } from '../../store/tables.ts'
import { parseNetwork } from './networks.ts'

/** A key that is to be made. */
export interface NewApiKey {
  /** What people call it. */
  readonly name: string
  /** The user that it acts for (`sub`); it acts for itself unless told. */
  readonly owner?: string
  /** What it may do; nothing that needs a scope unless told. */
  readonly scopes?: readonly string[]
  /** Roles; of an owner that is known, only those that the owner has count. */
  readonly roles?: readonly string[]
  /** The resources it is good for; all unless told. */
  readonly resources?: readonly string[]
  /** Addresses and networks in CIDR notation that it may be used from; everywhere unless told. */
  readonly networks?: readonly string[]
  /** How often it may be used. */
  readonly rate?: { readonly perMinute: number; readonly burst: number }
  /** When it ends, in milliseconds since the epoch; never unless told. */
  readonly expiresAt?: number
}

/** Scopes and roles are words of what RFC 6749 has scopes made of. */
const WORD = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/

const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u

const MOST_OFTEN = 1_000_000

/** @throws {WarderError} `invalid_api_key` if it is none, or hides something. */
export function checkName(name: string): void {
  if (name.trim() !== '' && name.length <= 100 && !UNPRINTABLE.test(name)) return
  throw refusal('The name of a key is one line of 1 to 100 characters.')
}

/** @throws {WarderError} `invalid_api_key` if that is over already. */
export function checkExpiry(expiresAt: number | undefined, now: number): void {
  if (expiresAt === undefined || (Number.isSafeInteger(expiresAt) && expiresAt > now)) return
  throw refusal('A key must end in the future.')
}

/**
 * What a key allows, checked.
 *
 * @throws {WarderError} `invalid_api_key` naming what cannot be.
 * @throws {OAuthError} `invalid_target` if a resource is none.
 */
export function allowanceOf(key: NewApiKey): ApiKeyAllowance {
  const { scopes = [], roles = [], resources = null, networks = null, rate = null } = key
  checkEach(scopes, isWord, 'is not the name of a scope')
  checkEach(roles, isWord, 'is not the name of a role')
  checkEach(networks, isNetwork, 'is not a network: write 192.0.2.0/24 or 2001:db8::/32')
  for (const resource of resources ?? []) parseResource(resource)
  for (const list of [resources, networks]) {
    // A key that is good for nothing or nowhere is not what anybody meant.
    if (list?.length === 0) throw refusal('Resources and networks are named, or left out for all.')
  }
  if (rate !== null && ![rate.perMinute, rate.burst].every(isOften)) {
    throw refusal(`A rate is a whole number from 1 to ${MOST_OFTEN}.`)
  }
  return { scopes: [...new Set(scopes)], roles: [...new Set(roles)], resources, networks, rate }
}

function checkEach(
  values: readonly string[] | null,
  is: (value: string) => boolean,
  not: string,
): void {
  const wrong = values?.find((value) => !is(value))
  if (wrong !== undefined) throw refusal(`“${wrong.slice(0, 100)}” ${not}.`)
}

const isWord = (text: string) => WORD.test(text)

const isNetwork = (text: string) => parseNetwork(text) !== undefined

const isOften = (times: number) => Number.isSafeInteger(times) && times >= 1 && times <= MOST_OFTEN

const refusal = (message: string) => new WarderError('invalid_api_key', message)
