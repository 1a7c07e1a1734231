import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineSplitter } from './line-framing.ts'
import { lineOf, readMessage, writeMessage } from './message-framing.ts'

const line = (text: string | Uint8Array) =>
  readMessage({ kind: 'line', bytes: typeof text === 'string' ? Buffer.from(text) : text })

describe('readMessage', () => {
  it('takes a JSON object, with the carriage return of a CRLF', () => {
    expect(line('{"id":1}')).toEqual({ kind: 'message', message: { id: 1 } })
    expect(line('{"id":1}\r')).toEqual({ kind: 'message', message: { id: 1 } })
  })

  it('passes over a blank line in silence', () => {
    for (const blank of ['', '\r', '  \t']) expect(line(blank)).toEqual({ kind: 'blank' })
  })

  it.each([
    ['a log line', 'Server listening on stdio', 'a line of 25 bytes cannot be read'],
    ['two objects', '{"id":1}{"id":2}', 'a line of 16 bytes cannot be read'],
    ['half an object', '{"id":1', 'a line of 7 bytes cannot be read'],
    ['a name twice', '{"id":1,"id":2}', 'a line of 15 bytes cannot be read'],
    ['a batch', '[{"id":1}]', 'a line of 10 bytes is not a JSON object'],
    ['a number', '42', 'a line of 2 bytes is not a JSON object'],
    ['null', 'null', 'a line of 4 bytes is not a JSON object'],
    ['a deep nest', `${'{"a":'.repeat(100_000)}1`, 'a line of 500001 bytes cannot be read'],
  ])('drops %s, and quotes nothing of it', (_, text, reason) => {
    const framed = line(text)
    expect(framed).toMatchObject({ kind: 'drop', reason: expect.stringContaining(reason) })
    expect(JSON.stringify(framed)).not.toContain('listening')
  })

  it('drops what is not UTF-8, and keeps what is', () => {
    expect(line(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ kind: 'drop' })
    expect(line(Buffer.from([0x7b, 0x22, 0xc3]))).toMatchObject({ kind: 'drop' })
    expect(line('{"é":"😀"}')).toEqual({ kind: 'message', message: { é: '😀' } })
  })

  it('says how long a line was that is too long', () => {
    const framed = readMessage({ kind: 'too_long', length: 7_000_000 })
    expect(framed).toEqual({ kind: 'drop', reason: 'a line of 7000000 bytes is too long' })
  })
})

describe('writeMessage', () => {
  it('leaves nothing in a line that any reader takes for its end', () => {
    const ends = '\n\r\u000b\u000c\u001c\u001d\u001e\u0085\u2028\u2029'
    const written = writeMessage({ [ends]: ends })
    expect(written.slice(0, -1)).toMatch(/^[\x20-\x7e]+$/)
    expect(written.endsWith('}\n')).toBe(true)
    expect(JSON.parse(written)).toEqual({ [ends]: ends })
  })

  it('is read back as it was, whatever it holds', () => {
    const tricky = ['\n', '\r', '\u2028', '\u0085', '"', '\\', '\0', 'é', '😀', '\ud800', 'n', 'u']
    const text = fc.string({ unit: fc.constantFrom(...tricky) })
    fc.assert(
      fc.property(fc.dictionary(text, text), (message) => {
        const pieces = [...new LineSplitter(1_000_000).push(Buffer.from(writeMessage(message)))]
        expect(pieces.map(readMessage)).toEqual([{ kind: 'message', message: { ...message } }])
      }),
    )
  })

  it('refuses what JSON has no words for', () => {
    const circle: { self?: object } = {}
    circle.self = circle
    for (const message of [circle, { big: 1n }, () => {}]) {
      expect(() => writeMessage(message)).toThrow(TypeError)
    }
  })
})

describe('lineOf', () => {
  it('keeps JSON as it is, on one line', () => {
    const json = '{\r\n "id": 12345678901234567890, "a": "\u2028"\n}'
    expect(lineOf(json)).toBe('{   "id": 12345678901234567890, "a": "\\u2028" }\n')
    expect(JSON.parse(lineOf(json))).toEqual(JSON.parse(json))
  })
})
