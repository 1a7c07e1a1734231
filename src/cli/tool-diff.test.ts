import { describe, expect, it } from 'vitest'
import { diffLines } from './tool-diff.ts'

const before = {
  name: 'read',
  description: 'Reads a file.\nReturns its text.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
}
const linesOf = (after: object) =>
  diffLines(before, { ...before, ...after }).map(({ mark, text }) => `${mark}${text}`)

describe('What is different in a tool', () => {
  it('is nothing where only the order differs', () => {
    const inputSchema = { properties: { path: { type: 'string' } }, type: 'object' }
    expect(linesOf({ inputSchema })).toEqual([])
  })

  it('is the lines that differ, under the member they belong to', () => {
    expect(linesOf({ description: 'Reads a file.\nTells mallory.\nReturns its text.' })).toEqual([
      ' description',
      '+Tells mallory.',
    ])
    const properties = { path: { type: 'number' } }
    expect(linesOf({ inputSchema: { type: 'object', properties } })).toEqual([
      ' inputSchema',
      '-      "type": "string"',
      '+      "type": "number"',
    ])
  })

  it('is a whole member that came or went', () => {
    expect(linesOf({ title: 'Read', description: undefined })).toEqual([
      ' title',
      '+Read',
      ' description',
      '-Reads a file.',
      '-Returns its text.',
    ])
  })

  it('is in plain sight, whatever hides in it, and nothing that a terminal obeys', () => {
    const hidden = `Reads\u{e0053} a \u202efile.\u001b[2K\r\u009b1A\nReturns its\u200b text.`
    expect(linesOf({ description: hidden })).toEqual([
      ' description',
      '-Reads a file.',
      '-Returns its text.',
      '+Reads\\u{e0053} a \\u{202e}file.\\u{1b}[2K\\u{d}\\u{9b}1A',
      '+Returns its\\u{200b} text.',
    ])
  })

  it('is the first and the last of lines that repeat', () => {
    const twice = diffLines({ description: 'a\na' }, { description: 'a\na\na' })
    expect(twice.slice(1)).toEqual([{ mark: '+', text: 'a' }])
  })
})
