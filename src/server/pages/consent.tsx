/**
 * The consent page: who asks, for what, where the answer goes; then one decision.
 *
 * Made to resist look-alikes: names that applications choose are set lighter than the hosts they
 * cannot choose, refusing takes the same effort as allowing, and nothing is ticked beforehand.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-10.2 | RFC 6749 §10.2} on impersonation
 * @module
 */

import { ConsentFacts } from './consent-facts.tsx'
import type { ConsentProps } from './consent-props.ts'
import { ConsentScopes } from './consent-scopes.tsx'
import { type Destination, parseDestination } from './destination.ts'
import { displayText } from './display-text.ts'
import { agoText, clockText, durationText } from './duration.ts'
import { type PageContext, pageResponse, serverHost } from './layout.tsx'
import { Sign } from './mark.tsx'
import { holdApprove } from './scripts.ts'

/** Asks whether an application may use a resource for the reader. */
export function consentPage(props: ConsentProps, context: PageContext): Response {
  const destination = parseDestination(props.redirectUri)
  return pageResponse(context, {
    title: 'Allow access?',
    script: holdApprove,
    form: { redirectUri: props.redirectUri },
    children: (
      <form class="sheet sheet-split" method="post" action={props.action}>
        <input type="hidden" name="csrf" value={props.csrf} />
        <div class="sheet-facts">
          <h1>Allow access?</h1>
          <ConsentFacts {...props} destination={destination} server={serverHost(context)} />
          <Began {...props} />
        </div>
        <div class="sheet-answer">
          <Account account={props.account} />
          <NearbyWarning destination={destination} />
          <ConsentScopes scopes={props.scopes} />
          <p class="note">
            Access ends after {durationText(props.lifetime)} at the latest. To end it sooner, ask
            whoever runs {serverHost(context)}.
          </p>
          <div class="decision">
            <button class="button" type="submit" name="action" value="deny">
              Deny
            </button>
            <button
              class="button button-main"
              id="approve"
              type="submit"
              name="action"
              value="approve"
            >
              Allow
            </button>
          </div>
        </div>
      </form>
    ),
  })
}

const Account = ({ account }: { readonly account: string }) => (
  <div class="account">
    <p>
      Signed in as <bdi class="account-name">{displayText(account, 100)}</bdi>
    </p>
    <button class="link" type="submit" name="action" value="logout">
      Not you? Switch account
    </button>
  </div>
)

/** Any program on a machine can take a name and a port there, so its reader is the only check. */
const NearbyWarning = ({ destination }: { readonly destination: Destination }) => {
  if (destination.kind === 'web') return null
  const place = destination.kind === 'app' ? 'device' : 'computer'
  return (
    <div class="warning">
      <Sign name="warning" />
      <div>
        <p>
          <strong>An app on this {place} wants access.</strong> Only continue if you have just
          started it.
        </p>
        <p>
          You will be sent back to an app on this {place}. Never copy the address from your browser
          and send it to anyone.
        </p>
      </div>
    </div>
  )
}

/** A request that waited long, or that began when its reader did nothing, is a warning by itself. */
const Began = ({ startedAt, now }: ConsentProps) => (
  <p class="note">
    This request began{' '}
    <time datetime={new Date(startedAt).toISOString()}>
      {agoText(startedAt, now)}, at {clockText(startedAt)}
    </time>
    .
  </p>
)
