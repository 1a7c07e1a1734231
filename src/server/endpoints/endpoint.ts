/**
 * What an endpoint is. The server owns the one `try`, methods, CORS and limits; an endpoint answers.
 *
 * @module
 */

import type { AuthorizationServerMetadata } from '../../protocol/authorization-server-metadata.ts'
import type { ServerContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import type { JsonAnswer } from './json-answer.ts'

/** What an endpoint answers. */
export type Answer = Response | JsonAnswer

/** Answers one method of an endpoint; throws what went wrong. */
export type Handler = (exchange: Exchange) => Answer | Promise<Answer>

/** A place where the server answers. */
export interface Endpoint {
  /** For logs and limits: a name, never a URL. */
  readonly name: string
  /** Paths below the issuer, or from the root if they are fixed by a registry. */
  readonly paths: readonly string[]
  readonly methods: Readonly<Partial<Record<'GET' | 'POST', Handler>>>
  /** Whether people or programs read its errors. */
  readonly readers: 'people' | 'programs'
  /** Whether pages of other origins may call it. Never for one that reads cookies. */
  readonly cors: boolean
  /** What it adds to the metadata documents. */
  readonly metadata?: Partial<AuthorizationServerMetadata>
}

/** Makes an endpoint for a server. */
export type EndpointMaker = (context: ServerContext) => Endpoint

/** The absolute URL of a path below the issuer. */
export function endpointUrl(issuer: string, path: string): string {
  return `${issuer.replace(/\/$/, '')}${path}`
}

/** A path below the issuer, as requests to it show it. */
export function endpointPath(issuer: string, path: string): string {
  return new URL(endpointUrl(issuer, path)).pathname
}
