/**
 * The headers of every page, in one place: nothing is loaded, framed, kept, or told to anyone.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.16 | RFC 9700 §4.16} on framing
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.2 | RFC 9700 §4.2} on the Referer
 * @see {@link https://www.w3.org/TR/CSP3/ | Content Security Policy Level 3}
 * @module
 */

import { wellKnownSchemes } from '../../protocol/redirect-uri.ts'
import { parseDestination } from './destination.ts'

/** What a page is allowed beyond its own stylesheet. */
export interface PagePermissions {
  /** Random for each response; marks the stylesheet and the script as the server's own. */
  readonly nonce: string
  /** The page carries a script. */
  readonly script: boolean
  /** The page carries a form. */
  readonly form: boolean
  /** Where the answer to the form may send the browser on to. */
  readonly redirectUri: string | undefined
}

/** An origin that can stand in a policy; a host may legally hold `;`, which ends a directive. */
const PLAIN_ORIGIN = /^https?:\/\/[a-z0-9._-]+(?::\d{1,5})?$/

const PLAIN_SCHEME = /^[a-z][a-z0-9+.-]*:$/

/** The source expressions that let a form's answer redirect to an address, if it has one. */
function formTarget(redirectUri: string): string | undefined {
  const { kind } = parseDestination(redirectUri)
  if (kind === 'unknown') return undefined
  const { protocol, origin, hostname } = new URL(redirectUri)
  if (kind === 'app') return PLAIN_SCHEME.test(protocol) ? protocol : undefined
  // The policy's grammar has no IPv6 addresses, so [::1] can only be named by its scheme.
  if (hostname.startsWith('[')) return protocol
  // In development the callback is often on one port, and the pages it leads to on another.
  if (kind === 'computer' && protocol === 'http:') return 'http://127.0.0.1:* http://localhost:*'
  return PLAIN_ORIGIN.test(origin) ? origin : undefined
}

/**
 * Where a form of the page may lead.
 *
 * Chromium applies form-action to every redirect that follows a form, until a page is shown, and
 * the callback of a client may redirect on: that of claude.ai goes to `claude:`. A policy that named
 * the redirect URI alone would leave the user on a dead page after signing in. So any https site and
 * the apps in wide use are open behind it, and nothing in the clear but this computer, from there.
 */
function formActions(redirectUri: string | undefined): string {
  const target = redirectUri === undefined ? undefined : formTarget(redirectUri)
  if (target === undefined) return "'self'"
  const apps = wellKnownSchemes.map((scheme) => `${scheme}:`)
  return [...new Set(["'self'", target, 'https:', ...apps])].join(' ')
}

/** The content security policy of a page. */
export function contentSecurityPolicy(permissions: PagePermissions): string {
  const { nonce, script, form, redirectUri } = permissions
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src ${script ? `'nonce-${nonce}'` : "'none'"}`,
    "img-src 'none'",
    `form-action ${form ? formActions(redirectUri) : "'none'"}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

const DENIED_FEATURES = [
  ...['accelerometer', 'camera', 'display-capture', 'geolocation', 'gyroscope', 'magnetometer'],
  ...['microphone', 'midi', 'payment', 'screen-wake-lock', 'usb'],
]

/**
 * Every header of a page.
 *
 * No `Cross-Origin-Opener-Policy`: it would cut the tie to the window that opened the sign-in as a
 * popup, which would see it closed at once, and the client's callback would find no opener to tell.
 * What an opener can do to a page of another origin is navigate it away.
 */
export function securityHeaders(permissions: PagePermissions): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': contentSecurityPolicy(permissions),
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': DENIED_FEATURES.map((feature) => `${feature}=()`).join(', '),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  }
}
