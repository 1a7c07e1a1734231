/**
 * The page before an address that an MCP server asks its reader to open: who asks, where it leads,
 * why; then one decision.
 *
 * The address itself is nowhere on it: only who decides to go is told the rest of it.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#safe-url-handling | MCP elicitation, safe URL handling}
 * @module
 */

import { Address } from './address.tsx'
import { displayText } from './display-text.ts'
import { GivenName } from './given-name.tsx'
import { HostOf } from './host.tsx'
import { type PageContext, pageResponse, serverHost } from './layout.tsx'
import { holdApprove } from './scripts.ts'

/** What the page shows. */
export interface ElicitationProps {
  /** Where the form is sent: a path of this server. */
  readonly action: string
  readonly csrf: string
  /** The account that is signed in, as its owner knows it. */
  readonly account: string
  /** The server that asks. */
  readonly resource: { readonly name: string; readonly uri: string }
  /** The address to be opened. */
  readonly url: string
  /** Why, in the server's words. */
  readonly message: string
}

/** Asks whether an address is to be opened. */
export function elicitationPage(props: ElicitationProps, context: PageContext): Response {
  const { action, csrf, account, resource, url, message } = props
  return pageResponse(context, {
    title: 'Leave for another address?',
    script: holdApprove,
    form: { redirectUri: url },
    children: (
      <form class="sheet" method="post" action={action}>
        <input type="hidden" name="csrf" value={csrf} />
        <div class="sheet-facts">
          <h1>Leave for another address?</h1>
          <dl class="facts route">
            <div class="fact">
              <dt>A server that you use here</dt>
              <dd>
                <GivenName text={resource.name} otherwise="A server without a name" />
                <Address address={resource.uri} />
              </dd>
            </div>
            <div class="fact">
              <dt>says</dt>
              <dd>
                <bdi class="given-name">“{displayText(message, 200) || 'nothing'}”</bdi>
              </dd>
            </div>
            <div class="fact fact-last">
              <dt>and wants you to open</dt>
              <dd>
                <HostOf address={url} big />
                <span class="note">
                  What you type there goes there. Nobody at {serverHost(context)} sees or checks it.
                </span>
              </dd>
            </div>
          </dl>
        </div>
        <div class="sheet-answer">
          <p>
            Only continue if you have just used this server, as{' '}
            <bdi class="account-name">{displayText(account, 100)}</bdi>, and trust this address.
          </p>
          <Decision />
        </div>
      </form>
    ),
  })
}

const Decision = () => (
  <div class="decision">
    <button class="button" type="submit" name="action" value="deny">
      Stay here
    </button>
    <button class="button button-main" id="approve" type="submit" name="action" value="approve">
      Continue
    </button>
  </div>
)

/** Says that the reader stayed. */
export function notOpenedPage(context: PageContext): Response {
  return pageResponse(context, {
    title: 'Nothing was opened',
    children: (
      <div class="sheet sheet-message">
        <section class="sheet-answer">
          <h1>Nothing was opened</h1>
          <p class="lead">You stayed here, and nothing about you was shared.</p>
          <p>You can close this window and go back to the app.</p>
        </section>
      </div>
    ),
  })
}
