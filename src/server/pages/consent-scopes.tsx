/**
 * What an application could do, worst first, each with what kind of thing it is.
 *
 * @module
 */

import type { ConsentScope, ScopeRisk } from './consent-props.ts'
import { displayText } from './display-text.ts'
import { Sign } from './mark.tsx'

/** The kinds, gravest first, with the word that stands on the mark. */
const risks: { readonly [R in ScopeRisk]: { readonly rank: number; readonly word: string } } = {
  spend: { rank: 0, word: 'Spend' },
  delete: { rank: 1, word: 'Delete' },
  change: { rank: 2, word: 'Change' },
  read: { rank: 3, word: 'Read' },
  offline: { rank: 4, word: 'Away' },
}

/** The list of permissions. */
export const ConsentScopes = ({ scopes }: { readonly scopes: readonly ConsentScope[] }) => {
  const ordered = [...scopes].sort((a, b) => risks[a.risk].rank - risks[b.risk].rank)
  return (
    <section class="permissions" aria-labelledby="permissions">
      <h2 id="permissions">
        {ordered.length === 0 ? 'It asks for nothing more' : 'If you allow it, it can'}
      </h2>
      <ul>
        {ordered.map(({ description, risk }) => (
          <li>
            <span class={`risk risk-${risk}`}>
              <Sign name={risk} />
              {risks[risk].word}
            </span>
            <span>{displayText(description, 160) || 'Something that is not described'}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
