/**
 * The page for people who open the server's address itself: what is here, and how to use it.
 *
 * @module
 */

import type { ProtectedResource } from '../../protocol/protected-resource.ts'
import { Address } from './address.tsx'
import { displayText } from './display-text.ts'
import { type PageContext, pageResponse } from './layout.tsx'

/** Shows what this server guards, by the addresses that clients are given. */
export function homePage(
  { resources }: { readonly resources: readonly ProtectedResource[] },
  context: PageContext,
): Response {
  return pageResponse(context, {
    title: 'What is here',
    children: (
      <div class="sheet sheet-message">
        <section class="sheet-answer">
          <h1>What is here</h1>
          {resources.length === 0 ? (
            <p class="lead">This server signs people in. There is nothing to do here by hand.</p>
          ) : (
            <Resources resources={resources} />
          )}
        </section>
      </div>
    ),
  })
}

const Resources = ({ resources }: { readonly resources: readonly ProtectedResource[] }) => (
  <>
    <p class="lead">Give one of these addresses to your app. It will bring you back to sign in.</p>
    <dl class="facts">
      {resources.map(({ name, resource }) => (
        <div class="fact">
          <dt>{displayText(name, 100)}</dt>
          <dd>
            <Address address={resource} />
          </dd>
        </div>
      ))}
    </dl>
  </>
)
