/**
 * A request on its way through a guard, with what is known of it so far. Whoever is let in keeps theirs,
 * for what is asked of the guard later.
 *
 * @module
 */

import type { Bound } from './bindings/binding.ts'
import type { Identity } from './credentials/credential.ts'
import type { Presented } from './presented.ts'
import type { Standing } from './rate-headers.ts'
import type { Visit } from './request.ts'

/** What is known of a request; grows from step to step. */
export interface Attempt {
  readonly visit: Visit
  presented?: Presented
  /** The scheme of the kind that takes what was presented, as its challenges name it. */
  scheme?: string
  /** Whom the credentials stand for, once they are known to be good. */
  identity?: Identity
  /** What was proven of whoever sent a token that is bound. */
  bound?: Bound | undefined
  /** How much is left of each budget that the request was counted on. */
  standings?: readonly Standing[]
}
