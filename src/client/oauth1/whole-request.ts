/**
 * A request whose body is at hand: a signature covers it, and it may have to be sent again.
 *
 * @module
 */

/** A request, read to its end. */
export interface WholeRequest {
  readonly method: string
  /** As it is sent: the platform has written it in its own way, and that is what is signed. */
  readonly url: string
  readonly headers: Headers
  readonly body: Uint8Array<ArrayBuffer> | undefined
  readonly signal?: AbortSignal
}

/** Reads a request, which is of no use to others afterwards. */
export async function readWhole(request: Request): Promise<WholeRequest> {
  const { method, url, headers, signal } = request
  const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer())
  return { method, url, headers: new Headers(headers), body, signal }
}

/** A request to send, by which no redirect is followed: the signature would go with it. */
export const toSend = ({ body, ...request }: WholeRequest): Request =>
  new Request(request.url, { ...request, redirect: 'manual', body: body ?? null })

/** Whether the body is a form, whose parameters are signed ({@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.3.1 | RFC 5849 §3.4.1.3.1}). */
export const isForm = ({ headers, body }: WholeRequest): boolean =>
  body !== undefined &&
  /^application\/x-www-form-urlencoded[ \t]*(?:;|$)/i.test(headers.get('content-type') ?? '')

/** A request with another header in the place of its own. */
export function withHeader(request: WholeRequest, name: string, value: string): WholeRequest {
  const headers = new Headers(request.headers)
  headers.set(name, value)
  return { ...request, headers }
}

/** A request with another body, whatever was said of the length of its own. */
export function withBody(request: WholeRequest, body: Uint8Array<ArrayBuffer>): WholeRequest {
  const headers = new Headers(request.headers)
  headers.delete('content-length')
  return { ...request, headers, body }
}
