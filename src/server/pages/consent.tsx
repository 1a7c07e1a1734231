/**
 * The consent page: who asks, for what, where the answer goes; then one decision.
 *
 * Made to resist look-alikes: names that applications choose are set lighter than the hosts they
 * cannot choose, refusing takes the same effort as allowing, and nothing is ticked beforehand.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-10.2 | RFC 6749 §10.2} on impersonation
 * @module
 */

import { Account, Began, Decision, Lifetime } from './consent-answer.tsx'
import { ConsentFacts } from './consent-facts.tsx'
import type { ConsentProps } from './consent-props.ts'
import { ConsentScopes } from './consent-scopes.tsx'
import { type Destination, parseDestination } from './destination.ts'
import { Host } from './host.tsx'
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
          <ConsentFacts {...props} server={serverHost(context)}>
            <dt>and then takes you to</dt>
            <dd>
              <Host destination={destination} big />
              <span class="note">{placeOf[destination.kind]}</span>
            </dd>
          </ConsentFacts>
          <Began {...props} />
        </div>
        <div class="sheet-answer">
          <Account account={props.account} />
          <NearbyWarning destination={destination} />
          <ConsentScopes scopes={props.scopes} />
          <Lifetime lifetime={props.lifetime} server={serverHost(context)} />
          <Decision />
        </div>
      </form>
    ),
  })
}

const placeOf: { readonly [K in Destination['kind']]: string } = {
  web: 'A website',
  computer: 'An app on this computer',
  app: 'Any app on this device that claims this address',
  unknown: 'An address that cannot be read',
}

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
