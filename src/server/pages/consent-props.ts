/**
 * What the consent page must be told to ask its question.
 *
 * @module
 */

/** What a permission lets an application do, at worst. */
export type ScopeRisk = 'read' | 'change' | 'delete' | 'spend' | 'offline'

/** One permission in plain words. */
export interface ConsentScope {
  readonly description: string
  readonly risk: ScopeRisk
}

/** How the server came to know the application. */
export type ClientSource =
  | { readonly kind: 'document'; readonly clientId: string }
  | { readonly kind: 'dynamic'; readonly registeredAt: number }
  | { readonly kind: 'administrator' }

/** What the consent page shows. Times are milliseconds since the epoch. */
export interface ConsentProps {
  /** Where the form is sent: a path of this server. */
  readonly action: string
  readonly csrf: string
  /** The account that is signed in, as its owner knows it. */
  readonly account: string
  readonly client: {
    readonly name: string
    /** An administrator has checked who makes it. */
    readonly verified: boolean
    readonly source: ClientSource
  }
  readonly redirectUri: string
  readonly resource: { readonly name: string; readonly uri: string }
  readonly scopes: readonly ConsentScope[]
  /** After how many seconds the access ends whatever happens. */
  readonly lifetime: number
  /** When the request began. */
  readonly startedAt: number
  readonly now: number
}
