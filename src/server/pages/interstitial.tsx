/**
 * The stop before an error is carried to an application that nobody has checked.
 *
 * Without it a trusted server would send anyone who follows its link on to any address that
 * somebody registered. The reader sees the address first, and goes there only by their own hand.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.11 | RFC 9700 §4.11} on open redirectors
 * @module
 */

import { parseDestination } from './destination.ts'
import { displayText } from './display-text.ts'
import { Reference } from './error.tsx'
import { Host } from './host.tsx'
import { type PageContext, pageResponse, serverHost } from './layout.tsx'

/** What the interstitial page shows. */
interface InterstitialProps {
  /** 400 unless told. */
  readonly status?: number | undefined
  readonly code: string
  readonly message: string
  /** What the application calls itself. */
  readonly clientName: string
  /** The registered redirect URI with the error in it. */
  readonly continueTo: string
  readonly correlationId: string
}

/** Says what went wrong and where the link leads, and leaves the choice. */
export function interstitialPage(props: InterstitialProps, context: PageContext): Response {
  const destination = parseDestination(props.continueTo)
  const server = serverHost(context)
  return pageResponse(context, {
    title: 'This request cannot go on',
    status: props.status ?? 400,
    children: (
      <div class="sheet sheet-message">
        <section class="sheet-answer" id="error" data-code={props.code}>
          <h1>This request cannot go on</h1>
          <p class="lead">{displayText(props.message, 400)}</p>
          <dl class="facts facts-framed">
            <div class="fact">
              <dt>
                An app that calls itself “<bdi>{displayText(props.clientName) || 'nothing'}</bdi>”
                wants you sent to
              </dt>
              <dd>
                <Host destination={destination} big />
                <span class="note">
                  Nobody at {server} has checked who runs this address. Nothing about you was shared
                  with it.
                </span>
              </dd>
            </div>
          </dl>
          <p>If you did not expect this, close this window.</p>
          {destination.kind === 'unknown' ? null : (
            <a class="button" href={props.continueTo} rel="noreferrer">
              Continue to this address
            </a>
          )}
          <Reference correlationId={props.correlationId} />
        </section>
      </div>
    ),
  })
}
