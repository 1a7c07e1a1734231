/**
 * The consent page for a device: who asks, for what, and which screen gets the answer; then one
 * decision.
 *
 * Nothing here proves where the device is, so its reader must know: the code, when it was asked for
 * and from where are what there is to compare.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.4 | RFC 8628 §5.4} on remote phishing
 * @module
 */

import { Account, Began, Decision, Lifetime } from './consent-answer.tsx'
import { ConsentFacts } from './consent-facts.tsx'
import type { ConsentProps } from './consent-props.ts'
import { ConsentScopes } from './consent-scopes.tsx'
import { displayText } from './display-text.ts'
import { type PageContext, pageResponse, serverHost } from './layout.tsx'
import { Sign } from './mark.tsx'
import { holdApprove } from './scripts.ts'

/** What the page shows. */
export interface DeviceConsentProps extends Omit<ConsentProps, 'redirectUri'> {
  /** As the device shows it. */
  readonly userCode: string
  /** The address that asked, and whether it is on the network that the reader uses now. */
  readonly asked: { readonly from: string; readonly near: boolean }
}

/** Asks whether a device may use a resource for the reader. */
export function deviceConsentPage(props: DeviceConsentProps, context: PageContext): Response {
  const server = serverHost(context)
  return pageResponse(context, {
    title: 'Allow this device?',
    script: holdApprove,
    form: {},
    children: (
      <form class="sheet sheet-split" method="post" action={props.action}>
        <input type="hidden" name="csrf" value={props.csrf} />
        <div class="sheet-facts">
          <h1>Allow this device?</h1>
          <ConsentFacts {...props} server={server}>
            <dt>on the device that shows</dt>
            <dd>
              <span class="host host-big">{displayText(props.userCode, 20)}</span>
              <AskedFrom {...props.asked} />
            </dd>
          </ConsentFacts>
          <Began {...props} />
        </div>
        <div class="sheet-answer">
          <Account account={props.account} />
          <Phishing />
          <ConsentScopes scopes={props.scopes} />
          <Lifetime lifetime={props.lifetime} server={server} />
          <Decision />
        </div>
      </form>
    ),
  })
}

const AskedFrom = ({ from, near }: DeviceConsentProps['asked']) => (
  <span class={near ? 'note' : 'note note-warning'}>
    {near ? 'Asked for from the network that you use now, ' : 'Asked for from another network, '}
    <bdi class="host">{displayText(from, 60)}</bdi>
  </span>
)

const Phishing = () => (
  <div class="warning">
    <Sign name="warning" />
    <div>
      <p>
        <strong>Only allow this if the device is in front of you</strong> and you have just started
        to connect it.
      </p>
      <p>
        Did somebody send you the code, or a link? Then deny: whoever has the device gets into your
        account, and needs no password for it.
      </p>
    </div>
  </div>
)
