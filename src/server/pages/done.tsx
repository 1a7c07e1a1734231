/**
 * The page for an answer that was already given: sent twice, or come back to.
 *
 * @module
 */

import { type PageContext, pageResponse } from './layout.tsx'

/** Says that nothing is left to do. */
export function donePage(context: PageContext): Response {
  return pageResponse(context, {
    title: 'Already done',
    children: (
      <div class="sheet sheet-message">
        <section class="sheet-answer">
          <h1>Already done</h1>
          <p class="lead">You have answered this request. Your first answer counts.</p>
          <p>You can close this window and go back to the app.</p>
        </section>
      </div>
    ),
  })
}
