/**
 * The ways to sign in. One more is one more file here and one more name in the list.
 *
 * @module
 */

import type { Claim, SignInMethod, SignInTools } from './method.ts'
import { password } from './password.ts'

const methods = { password }

type CredentialsOf = {
  [M in keyof typeof methods]: (typeof methods)[M] extends SignInMethod<infer C> ? C : never
}

const registry: { readonly [M in keyof CredentialsOf]: SignInMethod<CredentialsOf[M]> } = methods

/** What may be presented to sign in. */
export type Credentials = CredentialsOf[keyof CredentialsOf]

/** Reads what was presented by its method. */
export function claimOf<M extends keyof CredentialsOf>(
  credentials: CredentialsOf[M] & { readonly method: M },
  tools: SignInTools,
): Claim {
  return registry[credentials.method].claim(credentials, tools)
}
