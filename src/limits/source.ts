/** What is known about where a request came from. */
export interface Arrival {
  /** The address of the socket's other end. */
  readonly remoteAddress: string | undefined
  /** The `X-Forwarded-For` header; several are joined with commas. */
  readonly forwardedFor: string | undefined
  /** Addresses and CIDR ranges of proxies whose word is taken. */
  readonly trustedProxies: readonly string[]
}

export function clientAddress(_arrival: Arrival): string | undefined {
  throw new Error('clientAddress')
}

export function sourceKey(_address: string | undefined, _prefix: 64 | 56 = 64): string {
  throw new Error('sourceKey')
}
