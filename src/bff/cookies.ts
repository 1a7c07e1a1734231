/**
 * The two cookies: who is signed in, and which sign-in is under way. Sealed, for this host alone, and out
 * of reach of scripts.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc10017 | RFC 10017} §6.1 on the cookies of a backend for the frontend
 * @module
 */

import type { WarderError } from '../errors.ts'
import { parseJson } from '../protocol/json.ts'
import type { BffContext } from './options.ts'

/** A cookie of ours. */
export interface SealedCookie {
  readonly name: string
  /** `Strict` is sent with nothing that another site has begun; an answer of the server is that. */
  readonly sameSite: 'Strict' | 'Lax'
}

/** Stands for a session. There is no token in it. */
export const SESSION: SealedCookie = { name: '__Host-bff', sameSite: 'Strict' }

/** A sign-in that is under way. */
export const PENDING: SealedCookie = { name: '__Host-bff-pending', sameSite: 'Lax' }

/** The `Set-Cookie` value that puts something into a cookie. */
export function sealInto(
  { name, sameSite }: SealedCookie,
  { value, maxAgeSeconds }: { readonly value: unknown; readonly maxAgeSeconds: number },
  { vault }: BffContext,
): string {
  const sealed = vault.seal(JSON.stringify(value), placeOf(name))
  return `${name}=${sealed}; Path=/; Secure; HttpOnly; SameSite=${sameSite}; Max-Age=${maxAgeSeconds}`
}

/** The `Set-Cookie` value that removes one. */
export const clear = ({ name, sameSite }: SealedCookie): string =>
  `${name}=; Path=/; Secure; HttpOnly; SameSite=${sameSite}; Max-Age=0`

/** What is in a cookie; nothing if it is absent, there twice, or not as it was sealed here. */
export function openFrom(request: Request, { name }: SealedCookie, { vault }: BffContext): unknown {
  const pairs = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim())
  const [found, another] = pairs.filter((pair) => pair.startsWith(`${name}=`))
  if (found === undefined || another !== undefined) return undefined
  try {
    return parseJson(vault.open(found.slice(name.length + 1), placeOf(name)))
  } catch (error) {
    // Of another key, or made up: as good as none.
    if (isVaultError(error)) return undefined
    throw error
  }
}

const placeOf = (name: string) => ({ table: 'bff', column: 'cookie', row: name })

const isVaultError = (error: unknown): error is WarderError =>
  error instanceof Error && 'code' in error && error.code === 'vault_error'
