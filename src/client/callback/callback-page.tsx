/**
 * What the browser shows when it has brought an answer, or something else.
 *
 * It loads nothing and runs nothing. It repeats nothing of the address it was called with, and nothing
 * that a server wrote.
 *
 * @module
 */

import { raw } from 'hono/html'
import { callbackStyles } from './callback-styles.ts'

/** What became of the visit. */
export type CallbackOutcome =
  | { readonly kind: 'signed in' }
  | { readonly kind: 'refused' }
  /** `advice` is ours, never a server's. */
  | { readonly kind: 'failed'; readonly advice: string }
  | { readonly kind: 'unexpected' }

/** Whom the page speaks of. */
export interface CallbackNames {
  /** The program that waits. */
  readonly clientName: string
  /** The host that the person signed in at. */
  readonly serverHost: string
}

interface PageText {
  readonly status: number
  readonly title: string
  readonly lead: string
  readonly more: string
}

const BACK = 'You can close this window and go back to it.'

function textOf(outcome: CallbackOutcome, { clientName, serverHost }: CallbackNames): PageText {
  switch (outcome.kind) {
    case 'signed in':
      return {
        status: 200,
        title: 'Signed in',
        lead: `${clientName} may now use your account at ${serverHost}.`,
        more: BACK,
      }
    case 'refused':
      return {
        status: 200,
        title: 'Not signed in',
        lead: `${serverHost} was told no. ${clientName} has received nothing.`,
        more: `To try again, start from ${clientName}. You can close this window.`,
      }
    case 'failed':
      return {
        status: 400,
        title: 'Not signed in',
        lead: `The answer of ${serverHost} could not be used. ${clientName} is not signed in.`,
        more: outcome.advice,
      }
    case 'unexpected':
      return {
        status: 400,
        title: 'This answer was not used',
        lead: `This answer belongs to no sign-in that ${clientName} has begun and is waiting for.`,
        more: 'If you have several sign-in pages open, use the newest. If you began none, close this window: someone may have sent you here.',
      }
  }
}

/** The page as an answer: its status, its headers and its text. */
export interface RenderedPage {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly html: string
}

/** Draws the page. `nonce` is random for each. */
export function callbackPage(
  outcome: CallbackOutcome,
  { names, nonce }: { readonly names: CallbackNames; readonly nonce: string },
): RenderedPage {
  const { status, title, lead, more } = textOf(outcome, names)
  const isGood = outcome.kind === 'signed in'
  const html = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>{`${title} · ${names.clientName}`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <style nonce={nonce}>{raw(callbackStyles)}</style>
      </head>
      <body>
        <main class={isGood ? 'sheet good' : 'sheet'}>
          <svg class="sign" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d={isGood ? 'M3 8.5 6.5 12 13 4.5' : 'M8 2.5v7M8 12.5v1'} />
          </svg>
          <h1>{title}</h1>
          <p class="lead">{lead}</p>
          <p>{more}</p>
        </main>
      </body>
    </html>
  )
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
      connection: 'close',
    },
    html: `<!doctype html>${html}`,
  }
}
