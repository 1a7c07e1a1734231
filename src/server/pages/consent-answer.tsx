/**
 * What every consent has around its permissions: whose answer it is, since when it is asked for, how
 * long it holds, and the two buttons.
 *
 * @module
 */

import type { ConsentProps } from './consent-props.ts'
import { displayText } from './display-text.ts'
import { agoText, clockText, durationText } from './duration.ts'

/** The account that answers, and the way to another. */
export const Account = ({ account, last = false }: { account: string; last?: boolean }) => (
  <div class={last ? 'account account-last' : 'account'}>
    <p>
      Signed in as <bdi class="account-name">{displayText(account, 100)}</bdi>
    </p>
    <button class="link" type="submit" name="action" value="logout">
      Not you? Switch account
    </button>
  </div>
)

/** A request that waited long, or that began when its reader did nothing, is a warning by itself. */
export const Began = ({ startedAt, now }: Pick<ConsentProps, 'startedAt' | 'now'>) => (
  <p class="note">
    This request began{' '}
    <time datetime={new Date(startedAt).toISOString()}>
      {agoText(startedAt, now)}, at {clockText(startedAt)}
    </time>
    .
  </p>
)

/** How long the access lasts, and who ends it sooner. */
export const Lifetime = ({ lifetime, server }: { lifetime: number; server: string }) => (
  <p class="note">
    Access ends after {durationText(lifetime)} at the latest. To end it sooner, ask whoever runs{' '}
    {server}.
  </p>
)

/** To refuse takes the same effort as to allow. */
export const Decision = () => (
  <div class="decision">
    <button class="button" type="submit" name="action" value="deny">
      Deny
    </button>
    <button class="button button-main" id="approve" type="submit" name="action" value="approve">
      Allow
    </button>
  </div>
)
