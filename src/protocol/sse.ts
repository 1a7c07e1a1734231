/**
 * Server-sent events, read and written one event at a time.
 *
 * Only what MCP uses: `data`, `id`, `retry` and comments. Every MCP message is of the default type
 * `message`, and an event of another type is none; the transport of 2024-11-05 has one of its own, which
 * is read by whoever asks for it.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation | HTML, Server-sent events}
 * @module
 */

import { WarderError } from '../errors.ts'

/** One event. An event without data only moves the stream's id or its retry time. */
export interface SseEvent {
  /** Nothing for `message`. */
  readonly type?: string
  readonly data?: string
  readonly id?: string
  /** Milliseconds. */
  readonly retry?: number
}

/** A comment that keeps a quiet stream from being closed on the way. */
export const keepAliveComment = ':\n\n'

const isLineBreak = (code: number) => code === 0x0a || code === 0x0d

/** Writes an event. Text is split at every kind of line break, so that none can end the event early. */
export function formatEvent({ data, id, retry }: SseEvent): string {
  const lines: string[] = []
  if (id !== undefined) lines.push(`id: ${id.replaceAll(/[\r\n\0]/g, '')}`)
  if (retry !== undefined) lines.push(`retry: ${Math.trunc(retry)}`)
  if (data !== undefined) {
    for (const line of data.split(/\r\n|\r|\n/)) lines.push(`data: ${line}`)
  }
  return `${lines.join('\n')}\n\n`
}

/** Reads events from bytes that arrive in pieces of any size. */
export class SseDecoder {
  readonly #maxEventChars: number
  readonly #otherType: string | undefined
  // Strips a byte order mark and keeps a character that is split between two pieces.
  readonly #text = new TextDecoder('utf-8')
  #line: string[] = []
  #afterCarriageReturn = false
  #chars = 0
  #data: string[] = []
  #id: string | undefined
  #retry: number | undefined
  #type = ''

  /** @param otherType - A type of event that is wanted beside `message`. */
  constructor(maxEventChars: number, otherType?: string) {
    this.#maxEventChars = maxEventChars
    this.#otherType = otherType
  }

  /**
   * Takes the next bytes and returns the events they complete. An event that the stream ends in the
   * middle of is never returned.
   *
   * @throws {WarderError} `event_too_large` if one event exceeds the cap.
   */
  feed(bytes: Uint8Array): SseEvent[] {
    const text = this.#text.decode(bytes, { stream: true })
    const events: SseEvent[] = []
    let start = 0
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (!isLineBreak(code)) {
        this.#afterCarriageReturn = false
        continue
      }
      // CR LF is one line break, even when the two arrive apart.
      const secondHalf = code === 0x0a && this.#afterCarriageReturn
      this.#afterCarriageReturn = code === 0x0d
      if (!secondHalf) {
        this.#grow(text.slice(start, at))
        const event = this.#endLine()
        if (event !== undefined) events.push(event)
      }
      start = at + 1
    }
    this.#grow(text.slice(start))
    return events
  }

  #grow(part: string): void {
    if (part === '') return
    this.#chars += part.length
    if (this.#chars > this.#maxEventChars) {
      throw new WarderError('event_too_large', 'A server-sent event is larger than allowed.')
    }
    this.#line.push(part)
  }

  #endLine(): SseEvent | undefined {
    const line = this.#line.join('')
    this.#line = []
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const rest = colon === -1 ? '' : line.slice(colon + 1)
    const value = rest.startsWith(' ') ? rest.slice(1) : rest
    if (field === '') this.#chars -= line.length
    if (field === 'data') this.#data.push(value)
    if (field === 'event') this.#type = value
    if (field === 'id' && !value.includes('\0')) this.#id = value
    if (field === 'retry' && /^\d{1,9}$/.test(value)) this.#retry = Number(value)
    return undefined
  }

  #dispatch(): SseEvent | undefined {
    const isMessage = this.#type === '' || this.#type === 'message'
    const isOther = this.#otherType !== undefined && this.#type === this.#otherType
    const hasData = this.#data.length > 0 && (isMessage || isOther)
    const event: SseEvent = {
      ...(hasData && isOther ? { type: this.#type } : {}),
      ...(hasData ? { data: this.#data.join('\n') } : {}),
      ...(this.#id === undefined ? {} : { id: this.#id }),
      ...(this.#retry === undefined ? {} : { retry: this.#retry }),
    }
    this.#data = []
    this.#type = ''
    this.#id = undefined
    this.#retry = undefined
    this.#chars = 0
    return Object.keys(event).length === 0 ? undefined : event
  }
}
