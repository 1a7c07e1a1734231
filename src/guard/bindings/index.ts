/**
 * The ways in which a token can be bound to its sender, and the one check of them all.
 *
 * One more way is one more file here and one more line.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7800 | RFC 7800}
 * @module
 */

import type { Platform } from '../../platform.ts'
import { refuseToken } from '../../protocol/jwt-claims.ts'
import type { Identity } from '../credentials/credential.ts'
import type { Presented } from '../presented.ts'
import type { Visit } from '../request.ts'
import type { Binding, Bound, BoundScheme } from './binding.ts'
import { type DpopOptions, dpop } from './dpop.ts'
import { mtls } from './mtls.ts'

/** What the bindings of a guard are made from. */
export interface BindingSettings {
  readonly resource: string
  readonly platform: Platform
  /** Nothing if nothing was told. */
  readonly dpop: DpopOptions | undefined
}

/** The ways of one guard. */
export interface Bindings {
  /** The schemes that are for bound tokens only. */
  readonly schemes: readonly BoundScheme[]
  /**
   * Checks what an identity is bound to; nothing if it is bound to nothing.
   *
   * @throws {OAuthError} if the proof of a binding is missing or wrong, or a token says that it is bound
   * and nobody knows how.
   */
  check(
    identity: Identity,
    presented: Presented,
    visit: Visit,
  ): Promise<Bound | undefined> | undefined
}

/**
 * Makes the check of one guard.
 *
 * @throws {ConfigError} if an option is unsafe.
 */
export function createBindings(settings: BindingSettings): Bindings {
  // A proof of DPoP is used up by its check, and so comes last.
  const bindings: readonly Binding[] = [mtls, dpop(settings.dpop, settings)]
  const byScheme = new Map(
    bindings.map((binding) => [binding.scheme?.scheme.toLowerCase(), binding]),
  )

  return {
    schemes: bindings.flatMap(({ scheme }) => scheme ?? []),
    check({ confirmation }, presented, visit) {
      const promised = byScheme.get(presented.scheme)
      if (confirmation === undefined) {
        return promised === undefined ? undefined : refuseUnbound(presented)
      }
      const named = bindings.filter(({ member }) => Object.hasOwn(confirmation, member))
      const members = Object.keys(confirmation)
      if (named.length === 0 || named.length < members.length) {
        return refuseToken(`bound in a way that is not known: ${members.slice(0, 10).join(' ')}`)
      }
      if (promised !== undefined && !named.includes(promised)) return refuseUnbound(presented)
      return checkAll(named, (binding) =>
        binding.check(confirmation[binding.member], presented, visit),
      )
    },
  }
}

const refuseUnbound = ({ scheme }: Presented) =>
  refuseToken(`not bound to a key, but sent as ${scheme}`)

/** Whoever binds a token twice means both. */
async function checkAll(
  bindings: readonly Binding[],
  check: (binding: Binding) => Promise<Bound>,
): Promise<Bound | undefined> {
  let bound: Bound | undefined
  for (const binding of bindings) bound = await check(binding)
  return bound
}
