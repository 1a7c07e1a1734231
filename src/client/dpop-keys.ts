/**
 * Which key a grant's tokens are bound to.
 *
 * Where grants end with the process, so do keys, and they cannot be taken out of it. Where grants are
 * kept outside it, so are their keys.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-11.3 | RFC 9449 §11.3}
 * @module
 */

import type { JWK } from 'jose'
import type { Platform } from '../platform.ts'
import type { Secret } from '../vault/secret.ts'
import { createDpopKey, type DpopSigner, importDpopKey } from './dpop.ts'
import { ClientError } from './errors.ts'
import { type GrantKey, grantId, type KeptGrant } from './kept-grant.ts'
import type { TrustedServer } from './server.ts'
import type { WantedTokenType } from './token-answer.ts'

/** Whether tokens are bound to a key: never, where the server says it can, or always. */
export type DpopPolicy = 'off' | 'preferred' | 'required'

/** The keys of one client. */
export interface DpopKeys {
  /** A key for new tokens, if they shall be bound, and which type to insist on. */
  forNew(server: TrustedServer): Promise<{ dpop?: DpopSigner; tokenType: WantedTokenType }>
  /** Remembers the key of tokens that were given. */
  bind(key: GrantKey, signer: DpopSigner): void
  /** The key of a grant. @throws {ClientError} `sign_in_needed` if it is gone. */
  of(kept: KeptGrant): Promise<DpopSigner | undefined>
}

/** @param leaves - Whether a store outside this process keeps the keys. */
export function createDpopKeys(platform: Platform, policy: DpopPolicy, leaves: boolean): DpopKeys {
  const bound = new Map<string, DpopSigner>()
  const imported = new WeakMap<Secret<JWK>, Promise<DpopSigner>>()

  return {
    async forNew({ metadata }) {
      const isSupported = metadata.dpop_signing_alg_values_supported?.includes('ES256') === true
      if (policy === 'off' || (policy === 'preferred' && !isSupported)) {
        return { tokenType: 'Bearer' }
      }
      const dpop = await createDpopKey(platform, leaves)
      return { dpop, tokenType: policy === 'required' ? 'DPoP' : 'either' }
    },
    bind: (key, signer) => void bound.set(grantId(key), signer),
    async of({ key, tokenType, dpopKey }) {
      if (tokenType !== 'DPoP') return undefined
      const known = bound.get(grantId(key))
      if (dpopKey === undefined) {
        if (known !== undefined) return known
        throw new ClientError('sign_in_needed', 'The key of its tokens is gone. Sign in again.')
      }
      if (known?.exported === dpopKey) return known
      const signer = imported.get(dpopKey) ?? importDpopKey(platform, dpopKey)
      imported.set(dpopKey, signer)
      return signer
    },
  }
}
