/**
 * What programs are answered: JSON that no cache may keep, because it holds what is secret or soon over.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 | RFC 6749 §5.1}
 * @module
 */

const common = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  pragma: 'no-cache',
  'x-content-type-options': 'nosniff',
}

/** JSON on its way out. What all such answers carry is added once, and known before there is a response. */
export class JsonAnswer {
  readonly #json: string
  readonly #status: number

  /** @param body - What can be JSON, or a text that is. */
  constructor(body: object | string, status = 200) {
    this.#json = typeof body === 'string' ? body : JSON.stringify(body)
    this.#status = status
  }

  /** The response, with more headers. To add them to a response takes as long as to make it. */
  toResponse(more: Readonly<Record<string, string>>): Response {
    return new Response(this.#json, { status: this.#status, headers: { ...common, ...more } })
  }
}
