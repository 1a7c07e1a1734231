/**
 * How the server is spoken to: one request, one answer that may go on for hours.
 *
 * Redirects are answers: nothing that was meant for one address is sent to another. No compression is
 * asked for, so that what arrives is as large as it seems.
 *
 * @module
 */

/** One request. */
export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** Ends it, and what is still to come of its answer. */
  readonly signal: AbortSignal
  /** Nobody waits for it, so that no person is to be asked for anything. */
  readonly isBackground?: boolean | undefined
  /** Called when all of it was handed to the network. */
  readonly onSent?: (() => void) | undefined
}

/** The head of an answer, and what follows. */
export interface HttpAnswer {
  readonly status: number
  /** @param name - In lower case. */
  header(name: string): string | undefined
  /** Each `Set-Cookie` by itself. */
  readonly cookies: readonly string[]
  /** The body as it arrives. Must be read or closed. */
  readonly body: AsyncIterable<Uint8Array>
  close(): void
}

/** A way to send requests. */
export interface Http {
  /** @throws {NoAnswer} if there is none; the signal's reason if it was called off. */
  send(request: HttpRequest): Promise<HttpAnswer>
  /** Lets go of connections that nobody uses: after a sleep they lead nowhere. */
  refresh(): void
  close(): void
}

/** Why there is no answer. */
export interface Silence {
  /** Whether the server may have got the request, so that sending it again could do a thing twice. */
  readonly wasSent: boolean
  /** Whether it may pass by itself, as an absent network does and a wrong certificate does not. */
  readonly isPassing: boolean
  readonly cause: unknown
}

/** No answer came. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  readonly wasSent: boolean
  readonly isPassing: boolean

  constructor(reason: string, { wasSent, isPassing, cause }: Silence) {
    super(reason, { cause })
    this.wasSent = wasSent
    this.isPassing = isPassing
  }
}

/** The media type of an answer, without its parameters and in lower case. */
export const mediaTypeOf = (answer: HttpAnswer): string =>
  (answer.header('content-type') ?? '').replace(/;.*$/s, '').trim().toLowerCase()

/**
 * The whole body as text.
 *
 * @returns Nothing if it is longer than `maxBytes`.
 */
export async function readText(answer: HttpAnswer, maxBytes: number): Promise<string | undefined> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of answer.body) {
    length += piece.byteLength
    if (length > maxBytes) return undefined
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}
