/**
 * What is said when the user of a device has answered.
 *
 * @module
 */

import { type PageContext, pageResponse } from './layout.tsx'

/** Says that the device gets what it asked for. */
export function deviceConnectedPage(context: PageContext): Response {
  return pageResponse(context, {
    title: 'Device connected',
    children: (
      <div class="sheet sheet-message">
        <section class="sheet-answer">
          <h1>Device connected</h1>
          <p class="lead">The device goes on by itself in a few seconds.</p>
          <p>You can close this window.</p>
        </section>
      </div>
    ),
  })
}

/** Says that it does not. */
export function deviceRefusedPage(context: PageContext): Response {
  return pageResponse(context, {
    title: 'Nothing was connected',
    children: (
      <div class="sheet sheet-message">
        <section class="sheet-answer">
          <h1>Nothing was connected</h1>
          <p class="lead">You turned the request down, and nothing about you was shared.</p>
          <p>You can close this window.</p>
        </section>
      </div>
    ),
  })
}
