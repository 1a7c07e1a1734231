/**
 * The page for who opens what an MCP server asked somebody else to open. It tells nothing of what
 * that is.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#phishing | MCP elicitation, phishing}
 * @module
 */

import { displayText } from './display-text.ts'
import { type PageContext, pageResponse } from './layout.tsx'

/** What the page shows. */
export interface StrangerProps {
  /** Where the form is sent: a path of this server. */
  readonly action: string
  readonly csrf: string
  /** The account that is signed in, as its owner knows it. */
  readonly account: string
}

/** Says that the link is not for this account, and offers the way to another. */
export function elicitationStrangerPage(props: StrangerProps, context: PageContext): Response {
  return pageResponse(context, {
    title: 'This link is for somebody else',
    status: 403,
    form: {},
    children: (
      <form class="sheet sheet-message" method="post" action={props.action}>
        <input type="hidden" name="csrf" value={props.csrf} />
        <section class="sheet-answer" id="error" data-code="access_denied">
          <h1>This link is for somebody else</h1>
          <p class="lead">
            It was not made for <bdi class="account-name">{displayText(props.account, 100)}</bdi>,
            who is signed in here.
          </p>
          <p>
            If somebody sent you this link, close this window. They may want you to connect an
            account of yours to theirs.
          </p>
          <p>If you use the app that showed it with another account, sign in with that one.</p>
          <button class="button" type="submit" name="action" value="logout">
            Switch account
          </button>
        </section>
      </form>
    ),
  })
}
