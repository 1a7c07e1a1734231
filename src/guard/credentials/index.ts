/**
 * The kinds of credentials that the guard takes, in the order in which they are asked.
 *
 * One more kind is one more file here and one more line.
 *
 * @module
 */

import type { CredentialKind } from './credential.ts'
import { jwt } from './jwt.ts'

export const credentialKinds: readonly CredentialKind[] = [jwt]
