/**
 * The page where the user of a device enters the code that it shows.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 | RFC 8628 §3.3}
 * @module
 */

import { Account } from './consent-answer.tsx'
import { displayText } from './display-text.ts'
import { type PageContext, pageResponse, serverHost } from './layout.tsx'
import { Sign } from './mark.tsx'

/** What the page shows. */
export interface DeviceCodeProps {
  /** Where the form is sent: a path of this server. */
  readonly action: string
  readonly csrf: string
  /** The account that is signed in, as its owner knows it. */
  readonly account: string
  /** The code that the link had in it, which its reader must hold against the device. */
  readonly userCode: string | undefined
  /** Why the last code did not do. */
  readonly error?: { readonly code: string; readonly message: string } | undefined
}

/** Asks for the code. “Switch account” is last, because the first button is what Enter presses. */
export function deviceCodePage(props: DeviceCodeProps, context: PageContext): Response {
  const { action, csrf, account, userCode, error } = props
  return pageResponse(context, {
    title: 'Connect a device',
    status: error === undefined ? 200 : 400,
    form: {},
    children: (
      <form class="sheet" method="post" action={action}>
        <input type="hidden" name="csrf" value={csrf} />
        <div class="sheet-answer">
          <div>
            <h1>Connect a device</h1>
            <p class="note">
              Your address bar should say <span class="host">{serverHost(context)}</span>
            </p>
          </div>
          {error === undefined ? null : (
            <div class="problem" id="error" data-code={error.code} role="alert">
              <Sign name="warning" />
              <a href="#user_code">{displayText(error.message, 200)}</a>
            </div>
          )}
          <CodeField userCode={userCode} isWrong={error !== undefined} />
          <Phishing linked={userCode !== undefined} />
          <button class="button button-main" type="submit" name="action" value="confirm">
            Continue
          </button>
          <Account account={account} last />
        </div>
      </form>
    ),
  })
}

const CodeField = ({ userCode, isWrong }: { userCode: string | undefined; isWrong: boolean }) => {
  const wrong = isWrong ? { 'aria-invalid': 'true', 'aria-describedby': 'error' } : {}
  return (
    <div class="field">
      <label for="user_code">Code on the device</label>
      <input
        id="user_code"
        class="code-field"
        name="user_code"
        type="text"
        value={userCode ?? ''}
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        required
        {...wrong}
      />
    </div>
  )
}

/** Whoever shows the code is who will be let in, and that is seldom said. */
const Phishing = ({ linked }: { readonly linked: boolean }) => (
  <div class="warning">
    <Sign name="warning" />
    <div>
      <p>
        <strong>
          Only continue if you see this code{linked ? ', letter for letter,' : ''} on a device of
          your own
        </strong>{' '}
        and have just started to connect it.
      </p>
      <p>
        If somebody sent you {linked ? 'this link' : 'the code'}, close this window: they would get
        into your account.
      </p>
    </div>
  </div>
)
