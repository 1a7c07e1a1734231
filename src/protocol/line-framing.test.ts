import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineSplitter, type Piece } from './line-framing.ts'

/** What a splitter makes of chunks: the text of each line, or the length of one that was too long. */
function split(chunks: readonly Uint8Array[], maxBytes = 1024): (string | number)[] {
  const splitter = new LineSplitter(maxBytes)
  const read = (piece: Piece) =>
    piece.kind === 'line' ? Buffer.from(piece.bytes).toString('latin1') : piece.length
  const found: (string | number)[] = []
  for (const chunk of chunks) for (const piece of splitter.push(chunk)) found.push(read(piece))
  for (const piece of splitter.end()) found.push(read(piece))
  return found
}

const chunked = (...texts: string[]) => texts.map((text) => Buffer.from(text, 'latin1'))

/** The same bytes, cut at the given places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const edges = [0, ...[...places].sort((a, b) => a - b), bytes.length]
  return edges.slice(1).map((end, i) => bytes.slice(Math.min(edges[i] ?? 0, end), end))
}

describe('LineSplitter', () => {
  it('gives the same lines for every chunking of the same bytes', () => {
    const stream = fc.array(fc.constantFrom(0x0a, 0x0d, 0x61, 0x7b, 0xc3, 0xa9, 0xf0), {
      maxLength: 200,
    })
    fc.assert(
      fc.property(
        stream,
        fc.array(fc.nat(200)),
        fc.integer({ min: 1, max: 40 }),
        (raw, at, max) => {
          const bytes = Uint8Array.from(raw)
          const places = at.map((place) => Math.min(place, bytes.length))
          expect(split(cut(bytes, places), max)).toEqual(split([bytes], max))
        },
      ),
    )
  })

  it('agrees with splitting the whole text at newlines', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b') })), (lines) => {
        const whole = lines.map((line) => `${line}\n`).join('')
        expect(split(chunked(whole))).toEqual(lines)
      }),
    )
  })

  it('gives the last line although no newline ends it, and no empty one after a newline', () => {
    expect(split(chunked('a\nb'))).toEqual(['a', 'b'])
    expect(split(chunked('a\n'))).toEqual(['a'])
  })

  it('drops a line that is one byte too long, and goes on with the next', () => {
    expect(split(chunked('1234\n12345\nab\n'), 4)).toEqual(['1234', 5, 'ab'])
    expect(split(chunked('12', '34', '5', '\na', 'b\n'), 4)).toEqual([5, 'ab'])
    expect(split(chunked('123456'), 4)).toEqual([6])
  })

  it('holds no more than the cap of a line that never ends', () => {
    const splitter = new LineSplitter(64 * 1024)
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 1000; i++) for (const _ of splitter.push(chunk)) throw new Error('no line')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024)
    expect([...splitter.push(Buffer.from('\nok\n'))]).toEqual([
      { kind: 'too_long', length: 1000 * 64 * 1024 },
      { kind: 'line', bytes: Buffer.from('ok') },
    ])
  })

  it('copies a line that comes byte by byte a bounded number of times', () => {
    const line = 'y'.repeat(50_000)
    const bytes = Buffer.from(`${line}\n`)
    const single = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))
    expect(split(single, 4 * 1024 * 1024)).toEqual([line])
  })
})
