/**
 * The guard of a mount.
 *
 * @module
 */

import { type CredentialKind, createGuard, type Guard, type GuardOptions } from '../guard/index.ts'
import { type ProtectedResource, scopeHierarchy } from '../protocol/protected-resource.ts'
import type { MountOptions } from './options.ts'

/** What the guards of all mounts share. */
export interface MountGuardOptions extends Pick<GuardOptions, 'limits' | 'platform' | 'onEvent'> {
  /** Whom they let in. */
  readonly accept: readonly CredentialKind[]
  /** What is told of the resources, among them each mount's. */
  readonly resources: readonly ProtectedResource[]
}

/**
 * Makes the guard of a mount. What it says of itself follows from what is told of its resource.
 *
 * @throws {TypeError} if nothing is.
 */
export function mountGuard(
  { resource }: MountOptions,
  { resources, ...shared }: MountGuardOptions,
): Guard {
  const described = resources.find((each) => each.resource === resource)
  if (described === undefined) throw new TypeError(`No resource stands behind ${resource}.`)
  return createGuard({
    ...shared,
    resource,
    scopes: { hierarchy: scopeHierarchy(described), baseline: described.baseline },
    resourceName: described.name,
  })
}
