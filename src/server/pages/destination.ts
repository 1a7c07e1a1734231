/**
 * Where an address leads, as its reader should see it.
 *
 * Hosts are shown in ASCII always: a name in another alphabet can be drawn exactly like one that
 * the reader trusts, its ASCII form (`xn--…`) cannot.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8252#section-7 | RFC 8252 §7} on the addresses of apps
 * @module
 */

import { displayText } from './display-text.ts'

/** A place that the browser can be sent to. */
export interface Destination {
  /** `computer`: a port of this machine. `app`: whichever app claims the scheme. */
  readonly kind: 'web' | 'computer' | 'app' | 'unknown'
  /** The host with its port; of an app its scheme; of what cannot be read the text itself. */
  readonly name: string
  /** The name is written in another alphabet than it is shown in. */
  readonly imitable: boolean
}

const LOOPBACK = /^(?:localhost|(?:[^.]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** What browsers read, run or dial themselves instead of handing it to an app. */
const BROWSER_SCHEMES = new Set([
  ...['about:', 'blob:', 'data:', 'file:', 'filesystem:', 'ftp:', 'javascript:', 'mailto:'],
  ...['sms:', 'tel:', 'vbscript:', 'view-source:', 'ws:', 'wss:'],
])

/** Reads an absolute address. What cannot be read or must not be followed is `unknown`. */
export function parseDestination(address: string): Destination {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || BROWSER_SCHEMES.has(url.protocol)) {
    return { kind: 'unknown', name: displayText(address), imitable: false }
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return { kind: 'app', name: url.protocol, imitable: false }
  }
  return {
    kind: LOOPBACK.test(url.hostname) ? 'computer' : 'web',
    name: url.host,
    imitable: url.hostname.split('.').some((label) => label.startsWith('xn--')),
  }
}

/** Reads a bare host, or a scheme with its colon, as `redirectHost` gives what stands for an address. */
export function parseHost(host: string): Destination {
  if (host.endsWith(':')) return parseDestination(`${host}/`)
  const destination = parseDestination(`https://${host}`)
  return destination.kind === 'unknown' ? { ...destination, name: displayText(host) } : destination
}
