/**
 * Getting what an issuer says: all of it or nothing, within a bound, and from nobody else.
 *
 * The address is the operator's own, or the word of an issuer that is trusted to sign, so this is not
 * the outward fetch; a redirect would still hand that word, and what is sent, to another host.
 *
 * @module
 */

import { readBounded } from '../protocol/bounded-body.ts'

/** What is asked, and how much may be answered. */
export interface TextRequest {
  readonly fetch: typeof globalThis.fetch
  readonly init: RequestInit
  readonly mostBytes: number
  /** The media type of the answer; any unless told. */
  readonly type?: RegExp
}

/** There is an answer, and it is not what was asked for. */
export class UnusableAnswer extends Error {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

/**
 * Gets a text.
 *
 * @throws {UnusableAnswer} unless the answer is a 200 of that type.
 * @throws {Error} if there is none, it is too long, or not UTF-8.
 */
export async function fetchText(
  url: string,
  { fetch, init, mostBytes, type = /^/ }: TextRequest,
): Promise<string> {
  const response = await fetch(url, { ...init, redirect: 'error' })
  const { status } = response
  const said = response.headers.get('content-type') ?? 'nothing'
  if (status !== 200 || !type.test(said)) {
    await response.body?.cancel()
    throw new UnusableAnswer(`${url} answered ${status} with ${said.slice(0, 100)}`, status)
  }
  const body = await readBounded(response.body, mostBytes)
  if (body === undefined) throw new Error(`${url} answered more than ${mostBytes} bytes`)
  return new TextDecoder('utf-8', { fatal: true }).decode(body)
}
