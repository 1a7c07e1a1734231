/**
 * Tokens in forms, that no other site can know.
 *
 * They are bound to the session and to the interaction, and look different at every rendering.
 * The first layer, `Sec-Fetch-Site` and `Origin`, stands where requests are received.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-10.12 | RFC 6749 §10.12}
 * @module
 */

import type { Platform } from '../platform.ts'
import type { Vault } from '../vault/index.ts'

/** The random part and the keyed hash over it. */
const TOKEN = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

/**
 * A token for one rendering of a form.
 *
 * @param sessionValue - The value of the cookie that binds the browser.
 */
export function csrfToken(
  vault: Vault,
  platform: Pick<Platform, 'random'>,
  sessionValue: string,
  interactionId: string,
): string {
  const mask = Buffer.from(platform.random(16)).toString('base64url')
  return `${mask}.${vault.hash('csrf', sessionValue, interactionId, mask)}`
}

/** Whether a token was made for this session and this interaction. */
export function csrfMatches(
  vault: Vault,
  token: string | undefined,
  sessionValue: string,
  interactionId: string,
): boolean {
  const [, mask, mac] = TOKEN.exec(token ?? '') ?? []
  // Without a cookie there is no browser to bind to: nothing matches nothing.
  if (mask === undefined || mac === undefined || sessionValue === '') return false
  return vault.matches('csrf', mac, sessionValue, interactionId, mask)
}
