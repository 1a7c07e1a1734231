/** What a client did and saw, as `chaos/clients/http.mjs` records it. */
export interface Operation {
  readonly op: string
  readonly key: string
  readonly start: number
  readonly end: number
  readonly outcome: string
  readonly [name: string]: unknown
}

/** What invariants are checked on; see `evidence.mjs`. */
export interface Evidence {
  readonly operations: readonly Operation[]
  readonly tables: {
    readonly codes: readonly object[]
    readonly families: readonly object[]
    readonly events: readonly object[]
  }
  readonly [name: string]: unknown
}

export interface Finding {
  readonly id: string
  /** How much there was to look at. */
  readonly looked: number
  readonly problems: readonly string[]
}

/** Checks every invariant; those demanded must have had something to look at. */
export function checkInvariants(evidence: Evidence, demanded: readonly string[]): readonly Finding[]
