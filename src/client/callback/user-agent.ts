/**
 * How a person gets to the authorization server, and how the answer comes back: the contract of the
 * ways to do so. What an answer means is not known here.
 *
 * Embedded web views are left out on purpose: in them, an application sees what the person types.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8252#section-8.12 | RFC 8252 §8.12}
 * @module
 */

/** Where a person is sent, and how the answer will be known. */
export interface Departure {
  /** The authorization request; whoever opens it checks it once more. */
  readonly url: string
  readonly state: string
  /** Ends the wait; what is pending then rejects with its reason. */
  readonly signal?: AbortSignal
}

/** One sign-in, from when its redirect URI is known until it is over. */
export interface UserAgentVisit {
  /** Where the answer will come, with the port that was got for it. */
  readonly redirectUri: string
  /**
   * Sends the person away, waits for the answer with the right `state`, and tells the person what
   * `finish` made of it. Other answers change nothing.
   *
   * @throws {ClientError} `timed_out`, `url_refused`, or what `finish` throws.
   */
  send<Result>(
    departure: Departure,
    finish: (callbackUrl: string) => Promise<Result>,
  ): Promise<Result>
  close(): Promise<void>
}

/** A way for people to sign in. */
export interface UserAgent {
  /**
   * Gets ready for one sign-in.
   *
   * @param registered - Redirect URIs that the server knows already; one of them is taken if it can be had.
   * @throws {ClientError} `callback_unavailable` if the answer could not come back.
   */
  visit(registered: readonly string[]): Promise<UserAgentVisit>
}

/** How long a person may take, in milliseconds. */
export const MOST_WAITED_MS = 600_000
