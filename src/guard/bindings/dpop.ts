/**
 * Tokens bound to a key of the client, which signs a proof for each request.
 *
 * A proof names the address that its maker meant to call. It must be below the origin of the
 * resource, which callers know and nobody on the way can change; the `Host` of the request, and what
 * proxies make of its address, count for nothing.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-7 | RFC 9449 §7}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { createBoundedMemory } from '../../limits/bounded-memory.ts'
import { memoryReplays } from '../../limits/replays/memory.ts'
import type { ReplayCache } from '../../limits/replays/replay-cache.ts'
import type { Platform } from '../../platform.ts'
import {
  CLOCKS_AHEAD,
  type DpopProof,
  dpopRules,
  type ProofKey,
  refuseNonce,
  refuseProof,
  verifyDpopProof,
} from '../../protocol/dpop.ts'
import { createDpopNonces, type DpopNonces } from '../../protocol/dpop-nonce.ts'
import { normalizeHtu, pathOf } from '../../protocol/dpop-uri.ts'
import { refuseToken } from '../../protocol/jwt-claims.ts'
import type { GuardRequest } from '../request.ts'
import type { Binding } from './binding.ts'

/** How proofs of possession are checked. */
export interface DpopOptions {
  /**
   * What remembers the proofs that were used; this process unless told. Processes that guard one
   * resource must share one, or a proof is good once in each of them.
   */
  readonly replays?: ReplayCache
  /** The signature algorithms of proofs; ES256, Ed25519 and EdDSA, PS256 and RS256 unless told. */
  readonly algorithms?: readonly string[]
  /**
   * How old a proof may be, in seconds; 300 unless told. Clients’ clocks are minutes behind at times,
   * and a proof works once, however old.
   */
  readonly maxAge?: number
  /**
   * Makes each proof carry a nonce of ours, so that none can be made in advance, and the clocks of
   * clients no longer matter.
   */
  readonly nonces?: {
    /** At least 32 bytes, the same in all processes; of this process alone unless told. */
    readonly secret?: Uint8Array
  }
  /**
   * The address that callers used, where it is not the origin of the resource with the path of the
   * request: a proxy that takes away a part of the path.
   */
  readonly url?: (request: GuardRequest) => string
}

/** What the binding needs of its guard. */
interface DpopContext {
  readonly resource: string
  readonly platform: Platform
}

const ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA', 'PS256', 'RS256']

/** The algorithms that proofs may be signed with. */
export const proofAlgorithms = ({ algorithms = ALGORITHMS }: DpopOptions): readonly string[] =>
  algorithms

/** A nonce serves for so many seconds; the next one is handed out when half of them are over. */
const NONCE_LIFETIME = 300

/** How far behind the clocks of callers may be when a process has just started, in seconds. */
const CLOCKS_BEHIND = 10

/** Callers whose keys stay parsed. */
const KNOWN_KEYS = 1_000

/**
 * Makes the check of one guard.
 *
 * @throws {ConfigError} if an option is unsafe.
 */
export function dpop(told: DpopOptions | undefined, { resource, platform }: DpopContext): Binding {
  const options = told ?? {}
  const { maxAge = 300, replays = ownReplays(platform) } = options
  const algorithms = proofAlgorithms(options)
  const now = () => platform.now()
  const nonces =
    options.nonces === undefined
      ? undefined
      : createDpopNonces({
          ...{ audience: resource, lifetime: NONCE_LIFETIME, now },
          secret: options.nonces.secret ?? platform.random(32),
        })
  const rules = dpopRules({
    ...{ algorithms, maxAge, now },
    known: createBoundedMemory<ProofKey>(KNOWN_KEYS),
    ...(nonces === undefined ? {} : { nonces }),
  })
  const addressOf = options.url ?? belowOrigin(resource)

  return {
    member: 'jkt',
    scheme: {
      scheme: 'DPoP',
      challenge: { algs: algorithms.join(' ') },
      isOffered: told !== undefined,
    },
    async check(jkt, { scheme, credentials }, { request }) {
      // RFC 9449 §7.2: otherwise whoever steals the token needs no proof.
      if (scheme !== 'dpop') return refuseToken('bound to a key (cnf.jkt), but not sent as DPoP')
      if (typeof jkt !== 'string') return refuseToken('cnf.jkt is not a text')
      const proof = await verifyDpopProof(
        {
          proof: request.headers.get('dpop'),
          method: request.method,
          htu: normalizeHtu(addressOf(request)),
          token: { value: credentials, jkt },
        },
        rules,
      )
      await claim(proof, { replays, nonces })
      return { binding: 'dpop', ...(await renewal(proof, nonces, now())) }
    },
  }
}

/**
 * Remembers proofs in this process, and refuses those that were made before it: it cannot know of them.
 * Clocks may be ten seconds behind all the same, or callers would be turned away after each start; who
 * cannot have that shares what is remembered.
 */
function ownReplays(platform: Platform): ReplayCache {
  const behind = (CLOCKS_AHEAD + CLOCKS_BEHIND) * 1000
  return memoryReplays({ platform, knowsSince: platform.now() - behind })
}

/** The path of a request, at the origin that callers know. */
function belowOrigin(resource: string): (request: GuardRequest) => string {
  const { origin } = new URL(resource)
  return ({ url }) => {
    const path = pathOf(url)
    // Of an address that is not absolute nobody knows the path, and no proof can be for it.
    return path === undefined ? '' : origin + path
  }
}

/** The last step: what is refused for any other reason is not used up. */
async function claim(
  proof: DpopProof,
  { replays, nonces }: { readonly replays: ReplayCache; readonly nonces: DpopNonces | undefined },
): Promise<void> {
  const { jkt, jti, issuedAt, expiresAt } = proof
  let isFirst: boolean
  try {
    isFirst = await replays.claim({ kind: 'dpop', parts: [jkt, jti], issuedAt, expiresAt })
  } catch (cause) {
    throw new OAuthError(
      'temporarily_unavailable',
      'DPoP proofs cannot be checked at the moment. Try again.',
      { detail: `proofs that were used cannot be looked up: ${String(cause)}`, cause },
    )
  }
  if (isFirst) return
  const detail = 'it was used before, or that cannot be ruled out'
  // A nonce from before a restart is good, and none of its proofs is: the client must hear of a new one.
  return nonces === undefined ? refuseProof(detail) : refuseNonce(`proof: ${detail}`, nonces)
}

/** A nonce for the next request, while the one in this proof still is good ({@link https://www.rfc-editor.org/rfc/rfc9449#section-8.2 | RFC 9449 §8.2}). */
async function renewal({ nonce }: DpopProof, nonces: DpopNonces | undefined, now: number) {
  const isLate = nonce !== undefined && now >= (nonce.madeAt + nonce.expiresAt) / 2
  return isLate && nonces !== undefined ? { headers: { 'dpop-nonce': await nonces.create() } } : {}
}
