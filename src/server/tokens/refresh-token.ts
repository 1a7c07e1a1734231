/**
 * Refresh tokens: a family's id and generation under a MAC.
 *
 * A token is derived, not drawn: asking twice for the same generation gives the same bytes. So a
 * retry whose answer was lost gets the same successor, and nothing secret is stored.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 | RFC 9700 §4.14.2}
 * @module
 */

import { secretPrefixes, type Vault } from '../../vault/index.ts'

/** What a refresh token stands for. */
export interface RefreshTokenContent {
  readonly familyId: string
  readonly generation: number
}

const PREFIX = secretPrefixes.refreshToken

/** Prefix, 128-bit family id, generation without leading zeros, 256-bit MAC. */
const FORM = new RegExp(String.raw`^${PREFIX}([\w-]{22})\.(0|[1-9]\d{0,8})\.([\w-]{43})$`)

/** The one token of a generation. */
export function formatRefreshToken(
  { familyId, generation }: RefreshTokenContent,
  vault: Vault,
): string {
  const mac = vault.hash('refresh_token', familyId, String(generation))
  return `${PREFIX}${familyId}.${generation}.${mac}`
}

/** What a token stands for, or undefined if this server did not make it. */
export function findRefreshToken(token: string, vault: Vault): RefreshTokenContent | undefined {
  const [, familyId, generation, mac] = FORM.exec(token) ?? []
  if (familyId === undefined || generation === undefined || mac === undefined) return undefined
  if (!vault.matches('refresh_token', mac, familyId, generation)) return undefined
  return { familyId, generation: Number(generation) }
}
