/**
 * Sign-in where no browser can come back to this machine: over SSH, in a container. The person opens the
 * address elsewhere and brings what the browser was sent to.
 *
 * People are led by attackers to paste such addresses ("ConsentFix"). So this is never a fallback: whoever
 * wants it asks for it; what is brought counts only with the `state` of this sign-in, and only a whole
 * address, so that a code alone is worth nothing; and PKCE binds it to this process.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8252#section-8.1 | RFC 8252 §8.1}
 * @module
 */

import { ClientError } from '../errors.ts'
import { checkOpenableUrl } from '../outward-url.ts'
import type { UserAgent } from './user-agent.ts'

/** What the person is to be asked. */
export interface PasteRequest {
  /** To be opened in a browser, anywhere. */
  readonly url: string
  /** To be shown with it. */
  readonly warning: string
  /** Why what was brought before is not it, if something was. */
  readonly problem?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** How a person brings the answer. */
export interface PasteOptions {
  /** Shows the address and the warning, and gives the whole address that the browser was sent to. */
  readonly ask: (request: PasteRequest) => Promise<string>
  /** Where the browser is sent; nothing needs to listen there. `http://127.0.0.1/callback` unless told. */
  readonly redirectUri?: string
}

/** What belongs beside every such question. */
export const PASTE_WARNING =
  'Paste only if you have just started this sign-in yourself. Whoever asks you to paste this address anywhere else wants your account.'

const ATTEMPTS = 3

/** Signs people in with a browser on another machine. */
export function paste({ ask, redirectUri = 'http://127.0.0.1/callback' }: PasteOptions): UserAgent {
  return {
    visit: async () => ({
      redirectUri,
      async send({ url, state, signal }, finish) {
        const request = { url: checkOpenableUrl(url), warning: PASTE_WARNING, signal }
        let problem: string | undefined
        for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
          const brought = (await ask({ ...request, problem })).trim()
          problem = problemOf(brought, { redirectUri, state })
          if (problem === undefined) return finish(brought)
        }
        throw new ClientError('response_mismatch', `${problem} Start the sign-in again.`)
      },
      close: async () => {},
    }),
  }
}

/** Why an address is not the answer; nothing if it is. Never repeats it. */
function problemOf(
  brought: string,
  { redirectUri, state }: { redirectUri: string; state: string },
): string | undefined {
  if (!URL.canParse(brought)) {
    return 'That is no address. Copy all of the address bar, from http to the end.'
  }
  const url = new URL(brought)
  const wanted = new URL(redirectUri)
  if (url.origin !== wanted.origin || url.pathname !== wanted.pathname) {
    return `That is not the page the sign-in ends at. Its address begins with ${redirectUri}.`
  }
  const states = url.searchParams.getAll('state')
  if (states.length !== 1 || states[0] !== state) return 'That belongs to another sign-in.'
  return undefined
}
