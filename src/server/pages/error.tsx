/**
 * The page for what cannot go on: says what went wrong and what to do, and sends no one anywhere.
 *
 * @module
 */

import { displayText } from './display-text.ts'
import { type PageContext, pageResponse } from './layout.tsx'

/** What the error page shows. */
interface ErrorPageProps {
  readonly status: number
  /** The stable name of the error, for programs: it is in `data-code` and not among the words. */
  readonly code: string
  readonly message: string
  /** What the reader can do; a general way out unless told. */
  readonly hint?: string | undefined
  /** Leads the operator to the events of this request. */
  readonly correlationId: string
}

/** Says that the request ends here. */
export function errorPage(props: ErrorPageProps, context: PageContext): Response {
  const { heading, hint } = wordsFor(props.status)
  return pageResponse(context, {
    title: heading,
    status: props.status,
    children: (
      <div class="sheet sheet-message">
        <section class="sheet-answer" id="error" data-code={props.code}>
          <h1>{heading}</h1>
          <p class="lead">{displayText(props.message, 400)}</p>
          <p>{displayText(props.hint ?? '', 400) || hint}</p>
          <Reference correlationId={props.correlationId} />
        </section>
      </div>
    ),
  })
}

/** What to quote when asking for help. */
export const Reference = ({ correlationId }: { readonly correlationId: string }) => (
  <dl class="reference">
    <dt>Reference</dt>
    <dd>{displayText(correlationId, 100)}</dd>
  </dl>
)

const START_AGAIN = 'Go back to the app and start again. If this keeps happening, tell its makers.'

function wordsFor(status: number): { readonly heading: string; readonly hint: string } {
  if (status === 403) return { heading: 'This was refused', hint: START_AGAIN }
  if (status === 404) {
    return { heading: 'There is no page here', hint: 'Check the address for a slip.' }
  }
  if (status === 429 || status === 503) {
    return { heading: 'Too much at once', hint: 'Wait a minute, then try again.' }
  }
  if (status >= 500) {
    return {
      heading: 'Something broke on our side',
      hint: 'Try again in a minute. If this keeps happening, quote the reference below.',
    }
  }
  return { heading: 'This request cannot go on', hint: START_AGAIN }
}
