import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatEvent, keepAliveComment, SseDecoder, type SseEvent } from './sse.ts'

const decode = (pieces: readonly Uint8Array[], cap = 1_000_000) => {
  const decoder = new SseDecoder(cap)
  return pieces.flatMap((piece) => decoder.feed(piece))
}

const bytes = (text: string) => new TextEncoder().encode(text)
const read = (text: string) => decode([bytes(text)])

/** The bytes, cut at the places given. */
function cut(whole: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = places.map((place) => place % (whole.length + 1)).sort((a, b) => a - b)
  return [...sorted, whole.length].map((end, index) => whole.subarray(sorted[index - 1] ?? 0, end))
}

/** Text with everything that has a meaning on the wire, and characters of up to four bytes. */
const wireText = fc.string({
  unit: fc.constantFrom('a', ':', ' ', '\n', '\r', '\r\n', 'data: ', 'id: ', 'ü', '世', '😀', '\0'),
  maxLength: 60,
})

describe('FZ-11 server-sent events', () => {
  it('any chunking gives the same events, even in the middle of a character', () => {
    fc.assert(
      fc.property(wireText, fc.array(fc.nat(300), { maxLength: 20 }), (text, places) => {
        const whole = bytes(text)
        expect(decode(cut(whole, places))).toEqual(decode([whole]))
      }),
    )
  })

  it('one byte at a time gives the same events', () => {
    const whole = bytes('id: 1\r\ndata: Grüße\r\ndata: 😀\r\n\r\n: note\n\ndata: b\n\n')
    expect(decode([...whole].map((byte) => Uint8Array.of(byte)))).toEqual([
      { id: '1', data: 'Grüße\n😀' },
      { data: 'b' },
    ])
  })

  it('what is written is read again, and is always one event', () => {
    fc.assert(
      fc.property(wireText, (data) => {
        const lines = data.split(/\r\n|\r|\n/).join('\n')
        expect(read(formatEvent({ data }))).toEqual([{ data: lines }])
      }),
    )
  })

  it('an id cannot end its line', () => {
    expect(read(formatEvent({ id: 'a\ndata: evil\n\n', data: 'b' }))).toEqual([
      { id: 'adata: evil', data: 'b' },
    ])
  })

  const cases: readonly (readonly [string, string, readonly SseEvent[]])[] = [
    ['a byte order mark', '\ufeffdata: a\n\n', [{ data: 'a' }]],
    ['CR alone', 'data: a\r\rdata: b\r\r', [{ data: 'a' }, { data: 'b' }]],
    ['no space after the colon', 'data:a\n\n', [{ data: 'a' }]],
    ['one space is taken, no more', 'data:  a\n\n', [{ data: ' a' }]],
    ['a field without a colon', 'data\n\n', [{ data: '' }]],
    ['several lines', 'data: a\ndata: b\n\n', [{ data: 'a\nb' }]],
    ['comments', `${keepAliveComment}:x\ndata: a\n\n`, [{ data: 'a' }]],
    ['unknown fields', 'foo: bar\ndata: a\n\n', [{ data: 'a' }]],
    ['events of another type', 'event: endpoint\ndata: /evil\n\ndata: a\n\n', [{ data: 'a' }]],
    ['the type is of one event only', 'event: x\n\ndata: a\n\n', [{ data: 'a' }]],
    ['the type message', 'event: message\ndata: a\n\n', [{ data: 'a' }]],
    ['an id alone', 'id: 7\n\n', [{ id: '7' }]],
    ['an id with NUL is none', 'id: 7\0\ndata: a\n\n', [{ data: 'a' }]],
    ['a retry time', 'retry: 250\n\n', [{ retry: 250 }]],
    ['a retry time that is none', 'retry: 2e3\n\nretry: -1\n\n', []],
    ['an event that is cut off', 'data: a\n\ndata: b\n', [{ data: 'a' }]],
  ]

  it.each(cases)('%s', (_, text, events) => {
    expect(read(text)).toEqual(events)
  })

  it('an event beyond the cap is an error, in one line or in many', () => {
    const over = ['data: '.padEnd(101, 'a'), 'data: aaaaa\n'.repeat(10), `: ${'c'.repeat(101)}`]
    for (const text of over) {
      expect(() => decode([bytes(text)], 100)).toThrowError(
        expect.objectContaining({ code: 'event_too_large' }),
      )
    }
  })

  it('the cap is on one event, not on the stream', () => {
    expect(decode([bytes(`data: ${'a'.repeat(50)}\n\n`.repeat(100))], 100)).toHaveLength(100)
    // Comments between events are no part of one.
    expect(decode([bytes(`: ${'a'.repeat(50)}\n`.repeat(100))], 100)).toEqual([])
  })

  it('an event of another type is given to whoever asks for it, and to nobody else', () => {
    const decoder = new SseDecoder(100, 'endpoint')
    const events = decoder.feed(
      bytes('event: endpoint\ndata: /a\n\nevent: x\ndata: b\n\ndata: c\n\n'),
    )
    expect(events).toEqual([{ type: 'endpoint', data: '/a' }, { data: 'c' }])
  })
})
