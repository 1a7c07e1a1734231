/**
 * Scopes as operators write them in settings: their names, and what they mean in words.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.3 | RFC 6749 §3.3}
 * @module
 */

import { z } from 'zod'
import type { ScopeDescription } from './protected-resource.ts'

/** The name of a scope. */
export const scopeToken = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be a scope: visible ASCII without " and \\')

const scopeWords = z.union([
  z.string().min(1),
  z.strictObject({
    description: z
      .string()
      .min(1)
      .describe('What it allows, as the end of the sentence “It will be able to …”.'),
    risk: z
      .enum(['read', 'change', 'delete', 'spend', 'offline'])
      .default('change')
      .describe('How much harm it can do; shown when a user is asked.'),
    roles: z
      .array(z.string().min(1))
      .optional()
      .describe('Only users with one of these roles can grant it; everyone when absent.'),
    includes: z.array(scopeToken).optional().describe('Scopes that this one includes.'),
  }),
])

/** Scopes by name, with what they mean. */
export const scopesSettings = z
  .record(scopeToken, scopeWords)
  .default({})
  .describe('What the scopes mean, in words for the person who is asked.')

/** The parsed settings of scopes. */
export type ScopesSettings = z.output<typeof scopesSettings>

/** A scope as its settings describe it; `otherwise` says what it allows where nobody did. */
export function describeScope(
  scope: string,
  settings: ScopesSettings,
  otherwise: () => string,
): ScopeDescription {
  const words = Object.hasOwn(settings, scope) ? settings[scope] : undefined
  if (typeof words !== 'object') {
    return { scope, description: words ?? otherwise(), risk: 'change' }
  }
  const { description, risk, roles, includes } = words
  return {
    ...{ scope, description, risk },
    ...(roles === undefined ? {} : { roles }),
    ...(includes === undefined ? {} : { includes }),
  }
}
