/**
 * What happened, as a closed list of typed events.
 *
 * Fields are an allow-list: nothing free-form can be logged by accident, and no field ever holds a
 * secret. An event that belongs to a change of state is written in the change's own transaction.
 *
 * @module
 */

import type { Decision } from './decisions.ts'
import { orderedId, type Platform } from './platform.ts'

/** Every event type, with its level and what it means in one sentence. */
export const eventTypes = {
  'user.created': { level: 'info', means: 'An account was created.' },
  'user.changed': { level: 'info', means: 'An account was disabled, enabled, reset or removed.' },
  'login.succeeded': { level: 'info', means: 'Someone signed in.' },
  'login.failed': { level: 'warn', means: 'A sign-in was refused.' },
  'login.throttled': {
    level: 'warn',
    means: 'A sign-in was refused unseen: too many came before.',
  },
  'session.ended': { level: 'info', means: 'A browser session ended.' },
  'client.registered': { level: 'info', means: 'A client was registered.' },
  'client.changed': { level: 'info', means: 'A client was changed or removed.' },
  'client.document': { level: 'info', means: 'A client metadata document was fetched or refused.' },
  'authorization.refused': { level: 'warn', means: 'An authorization request was refused.' },
  'consent.held': {
    level: 'warn',
    means: 'A user was not asked, because the client waits for an administrator.',
  },
  'consent.granted': { level: 'info', means: 'A user allowed a client.' },
  'consent.denied': { level: 'info', means: 'A user turned a client down.' },
  'code.issued': { level: 'info', means: 'An authorization code was issued.' },
  'code.redeemed': { level: 'info', means: 'An authorization code was exchanged for tokens.' },
  'code.replayed': { level: 'error', means: 'A spent code came again; what it gave was revoked.' },
  'code.misused': {
    level: 'error',
    means: 'A code was presented by a client it was not issued to.',
  },
  'device.requested': { level: 'info', means: 'A device asked to be connected, and shows a code.' },
  'device.claimed': { level: 'info', means: 'A user entered the code that a device shows.' },
  'device.guessed': { level: 'warn', means: 'A user entered a code that no device shows.' },
  'device.misused': {
    level: 'error',
    means: 'A user tried to answer for a device whose code another had entered.',
  },
  'device.redeemed': { level: 'info', means: 'A device code was exchanged for tokens.' },
  'token.issued': { level: 'info', means: 'An access token was issued.' },
  'token.refused': { level: 'warn', means: 'A token request was refused.' },
  'token.rotated': { level: 'info', means: 'A refresh token was exchanged for its successor.' },
  'token.retried': {
    level: 'info',
    means: 'A refresh was repeated within the grace and got the same child.',
  },
  'token.reused': {
    level: 'error',
    means: 'An old refresh token came again; the family was revoked.',
  },
  'token.misused': { level: 'error', means: 'A refresh token was presented by another client.' },
  'token.revoked': { level: 'info', means: 'A token or a family of tokens was revoked.' },
  'key.created': { level: 'info', means: 'A signing key was created.' },
  'key.activated': { level: 'info', means: 'A signing key began to sign.' },
  'key.hastened': {
    level: 'warn',
    means: 'A signing key takes over before everybody can know it.',
  },
  'key.retired': {
    level: 'warn',
    means: 'A signing key was withdrawn; what it signed is refused.',
  },
  'key.removed': { level: 'info', means: 'A signing key was deleted; what it signed is over.' },
  'apikey.created': { level: 'info', means: 'An API key was created.' },
  'apikey.rotated': {
    level: 'info',
    means: 'An API key got a new secret; the old one is good for a while.',
  },
  'apikey.revoked': { level: 'info', means: 'An API key was revoked.' },
  'apikey.exposed': {
    level: 'warn',
    means: 'An API key came in a URL, where logs and histories keep it.',
  },
  'datakey.created': { level: 'info', means: 'A data key was created.' },
  'datakey.rewrapped': {
    level: 'info',
    means: 'A data key was put under another key-encryption key.',
  },
  'secret.used': { level: 'info', means: 'A key was loaded, or a stored secret was read.' },
  'secret.resealed': { level: 'info', means: 'Stored secrets were sealed under a newer data key.' },
  'secret.unreadable': {
    level: 'error',
    means: 'A stored secret could not be read: it was changed, or its key is missing.',
  },
  'key.exposed': {
    level: 'error',
    means: 'An issuer or a client published a private key; it is not used.',
  },
  'guard.refused': { level: 'warn', means: 'A request to a guarded resource was refused.' },
  'tool.called': { level: 'info', means: 'A caller used a tool through the gateway.' },
  'tool.refused': { level: 'warn', means: 'A caller was refused a tool.' },
  'tool.changed': { level: 'warn', means: 'A server changed a tool after it was approved.' },
  'tool.restored': { level: 'info', means: 'A tool is what was approved, again.' },
  'tool.approved': { level: 'info', means: 'An operator approved what a server made of a tool.' },
  'tool.unpinned': {
    level: 'error',
    means: 'A server lists tools that cannot be kept track of, and may be refused for it.',
  },
  'elicitation.refused': {
    level: 'warn',
    means: 'A server behind the gateway wanted an address opened that must not be.',
  },
  'elicitation.opened': { level: 'info', means: 'A user went where a server had asked them to.' },
  'elicitation.misused': {
    level: 'error',
    means: 'A user opened what a server had asked another user to open.',
  },
  'limits.away': {
    level: 'error',
    means: 'Redis cannot be used; each process counts for itself until it can.',
  },
  'limits.back': { level: 'info', means: 'Redis can be used again; all processes count together.' },
  'upstream.started': { level: 'info', means: 'A server behind the gateway was started.' },
  'upstream.failed': { level: 'error', means: 'A server behind the gateway failed.' },
  'request.refused': { level: 'warn', means: 'A request was refused before it got anywhere.' },
  'request.failed': { level: 'error', means: 'A request ended in an unexpected error.' },
  'signal.raised': {
    level: 'error',
    means: 'Something looks like an attack; says what was seen, what was done and how to undo it.',
  },
  'journal.dropped': {
    level: 'error',
    means: 'Events were not kept in the audit log; says how many, and why.',
  },
  'journal.adopted': {
    level: 'warn',
    means: 'What a process that was killed had recorded was sealed by another.',
  },
  'journal.anchored': {
    level: 'info',
    means: 'Where the audit log stands; with this, it can be told later that nothing was cut off.',
  },
} as const satisfies Record<string, { level: 'info' | 'warn' | 'error'; means: string }>

/** The name of an event. */
export type EventType = keyof typeof eventTypes

/** The fields an event may carry; all are short, none is secret. */
export interface EventFields extends Partial<Decision> {
  /** The user or client the event is about (`sub`). */
  readonly subject?: string
  readonly clientId?: string
  readonly resource?: string
  /** Space-separated, as on the wire. */
  readonly scope?: string
  /** The address the request came from. */
  readonly source?: string
  readonly userAgent?: string
  /** Why, for the operator. */
  readonly reason?: string
  /** The OAuth error code that was answered. */
  readonly error?: string
  readonly grantType?: string
  /** The refresh token family. */
  readonly familyId?: string
  readonly keyId?: string
  /** Where a secret is kept. */
  readonly place?: string
  /** The name of a mounted MCP server. */
  readonly server?: string
  /** A JSON-RPC method. */
  readonly method?: string
  readonly tool?: string
  readonly count?: number
  /** Keyed hash of the name that was typed, so that attempts at one account can be told from others. */
  readonly account?: string
  /** How an error reached the client: not at all, by the user's hand, or by a redirect. */
  readonly answered?: 'page' | 'interstitial' | 'redirect'
  /** Which signal was raised. */
  readonly signal?: string
  /** What was done about it. */
  readonly action?: string
  /** How an operator takes that back. */
  readonly undo?: string
  /** A process that records events. */
  readonly stream?: string
  /** The last seal of a stream: its id, a dot, and its keyed hash. */
  readonly anchor?: string
}

/** One thing that happened. */
export interface WarderEvent extends EventFields {
  /** Sorts by time. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly type: EventType
  /** Ties the authorization request, the token and the tool call together. */
  readonly correlationId: string
}

/** Where events go when they have happened. Must not throw and must not wait. */
export type EventSink = (event: WarderEvent) => void

/** Makes events for one request or flow. */
export type EventMaker = (type: EventType, fields?: EventFields) => WarderEvent

/** What a field may hold: callers choose some of them, and must not fill the log. */
const MAX_LENGTH = 2_000

/** Events that all carry one correlation id. */
export function eventMaker(platform: Platform, correlationId: string): EventMaker {
  return (type, fields = {}) => ({
    id: orderedId(platform),
    at: platform.now(),
    type,
    correlationId,
    ...capped(fields),
  })
}

function capped(fields: EventFields): EventFields {
  if (Object.values(fields).every(fits)) return fields
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.slice(0, MAX_LENGTH) : value,
  ])
  return Object.fromEntries(entries)
}

const fits = (value: unknown) => typeof value !== 'string' || value.length <= MAX_LENGTH
