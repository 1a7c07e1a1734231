/**
 * The sign-in page.
 *
 * Field names, button names and values are a contract with password managers and people's tests.
 * No field takes the focus by itself: the page says first who asks, and a phone's keyboard would
 * cover that.
 *
 * @module
 */

import { parseHost } from './destination.ts'
import { displayText } from './display-text.ts'
import { GivenName } from './given-name.tsx'
import { Host } from './host.tsx'
import { type PageContext, pageResponse, serverHost } from './layout.tsx'
import { Sign } from './mark.tsx'
import { revealPassword } from './scripts.ts'

/** What the sign-in page shows. */
export interface LoginProps {
  /** Where the form is sent: a path of this server. */
  readonly action: string
  readonly csrf: string
  /** The application that the sign-in is for; none when the reader came by themselves. */
  readonly clientName?: string | undefined
  /** Its host, or whatever else stands for where it is. */
  readonly clientHost?: string | undefined
  /** Where the answer may lead when nothing is left to ask. */
  readonly redirectUri?: string | undefined
  readonly username?: string | undefined
  readonly error?: LoginError | undefined
  /** Where to go without a password: an address or a path. */
  readonly passwordReset?: string | undefined
}

/** Why the last attempt did not succeed. The message is the same for every wrong secret. */
interface LoginError {
  readonly code: string
  readonly message: string
  /** 400 unless told; 429 fits a throttle. */
  readonly status?: number | undefined
}

/** Asks for the account and its password. */
export function loginPage(props: LoginProps, context: PageContext): Response {
  return pageResponse(context, {
    title: 'Sign in',
    status: props.error === undefined ? 200 : (props.error.status ?? 400),
    script: revealPassword,
    form: { redirectUri: props.redirectUri },
    children: (
      <div class="sheet">
        {props.clientName === undefined ? null : <Purpose {...props} name={props.clientName} />}
        <form class="sheet-answer" method="post" action={props.action}>
          <input type="hidden" name="csrf" value={props.csrf} />
          <div>
            <h1>Sign in</h1>
            <p class="note">
              Your address bar should say <span class="host">{serverHost(context)}</span>
            </p>
          </div>
          {props.error === undefined ? null : <LoginProblem error={props.error} />}
          <Fields {...props} />
          <button class="button button-main" type="submit" name="action" value="login">
            Sign in
          </button>
          <ResetLink address={props.passwordReset} />
        </form>
      </div>
    ),
  })
}

const Purpose = ({ name, clientHost }: LoginProps & { readonly name: string }) => (
  <section class="sheet-facts" aria-label="What this sign-in is for">
    <dl class="facts">
      <div class="fact">
        <dt>You are signing in for</dt>
        <dd>
          <GivenName text={name} otherwise="An app without a name" />
          {clientHost === undefined ? null : <Host destination={parseHost(clientHost)} />}
        </dd>
      </div>
    </dl>
  </section>
)

const LoginProblem = ({ error }: { readonly error: LoginError }) => (
  <div class="problem" id="error" data-code={error.code} role="alert">
    <Sign name="warning" />
    <a href="#username">{displayText(error.message, 200)}</a>
  </div>
)

const Fields = ({ username, error }: LoginProps) => {
  const wrong = error === undefined ? {} : { 'aria-invalid': 'true', 'aria-describedby': 'error' }
  return (
    <>
      <div class="field">
        <label for="username">Email address</label>
        <input
          id="username"
          name="username"
          type="email"
          value={username ?? ''}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          {...wrong}
        />
      </div>
      <div class="field">
        <label for="password">Password</label>
        <div class="field-box">
          <input
            id="password"
            name="password"
            type="password"
            autocomplete="current-password"
            required
            {...wrong}
          />
          <button class="reveal" id="reveal" type="button" hidden>
            Show<span class="unseen"> password</span>
          </button>
        </div>
      </div>
    </>
  )
}

const ResetLink = ({ address }: { readonly address: string | undefined }) =>
  address === undefined ? null : (
    <p class="aside">
      <a href={address}>Forgot your password?</a>
    </p>
  )
