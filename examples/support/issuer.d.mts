/** An issuer that runs on this computer. */
export interface Issuer {
  readonly issuer: string
  /** An access token of alice for a resource, but for what is changed. */
  token(resource: string, claims?: Readonly<Record<string, unknown>>): Promise<string>
  stop(): void
}

/** Starts the issuer on a free port. */
export function startIssuer(): Promise<Issuer>
