/**
 * The steps of a flow, numbered and without secrets: what `DEBUG=oauth:*` prints.
 *
 * Steps are written from names, statuses and addresses without their queries, never from bodies; what
 * still looks like a secret is taken out at the end.
 *
 * @module
 */

import { redact } from '../vault/redactor.ts'

/** Which part of the work a step belongs to. */
export type TraceChannel =
  | 'oauth:discovery'
  | 'oauth:registration'
  | 'oauth:authorization'
  | 'oauth:token'
  | 'oauth:renewal'
  | 'oauth:request'

/** One step. */
export interface TraceStep {
  /** From 1, in the order in which the client took them. */
  readonly number: number
  readonly channel: TraceChannel
  readonly text: string
}

/** Is told of each step. */
export type Trace = (step: TraceStep) => void

/** Tells a {@link Trace}; costs nothing if there is none. */
export type Tell = (channel: TraceChannel, text: () => string) => void

/** Numbers the steps of one client. */
export function tracer(trace: Trace | undefined): Tell {
  if (trace === undefined) return () => {}
  let number = 0
  return (channel, text) => {
    number += 1
    trace({ number, channel, text: redact(text()) })
  }
}

/** A step as one line: `oauth:token 4 200 POST https://as.example/token`. */
export const formatTraceStep = ({ number, channel, text }: TraceStep): string =>
  `${channel} ${number} ${text.replace(/\p{Cc}/gu, ' ')}`

/** An address as steps name it. */
export const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, '')
