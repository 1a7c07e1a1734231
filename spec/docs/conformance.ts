/** `docs/conformance.md` from the names of the tests: `describe` is a document, `it` a sentence of it. */

import { type Node, nodesOf, syntaxOf } from '../house/module.ts'
import type { Tree } from '../house/tree.ts'
import { page, table } from './generated.ts'

/** A `describe` with the sentences in it, in order. */
export interface Section {
  readonly title: string
  readonly sentences: readonly string[]
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value

/** What a call is to: `it`, `describe`; `it.each(rows)('…')` is to `it` as well. */
function calleeOf(node: Node): string {
  const callee = node.callee ?? node.tag ?? node.object
  if (isNode(callee)) return calleeOf(callee)
  return String(node.name ?? '')
}

/** The title of a test, with an ellipsis for what is computed. */
function titleOf(call: Node): string | undefined {
  const [title] = [call.arguments].flat()
  if (!isNode(title)) return undefined
  if (title.type === 'Literal' && typeof title.value === 'string') return title.value
  if (title.type !== 'TemplateLiteral') return undefined
  const parts = [title.quasis].flat().filter(isNode)
  return parts.map(({ value }) => cooked(value)).join('…')
}

const cooked = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'cooked' in value ? String(value.cooked) : ''

/** The documents that a test file speaks of, outer titles before inner ones. */
export function sectionsOf(path: string, source: string): Section[] {
  const calls = syntaxOf(path, source)
    .body.flatMap((statement) => [...nodesOf(statement)])
    .filter(({ type }) => type === 'CallExpression')
    .flatMap((call) => {
      const title = titleOf(call)
      return title === undefined ? [] : [{ call, title, callee: calleeOf(call) }]
    })
  const describes = calls.filter(({ callee }) => callee === 'describe')
  const inside = (outer: Node, inner: Node) => outer.start < inner.start && inner.end < outer.end
  return describes.map(({ call }) => {
    const outer = describes.filter((other) => inside(other.call, call))
    const closest = (test: Node) =>
      inside(call, test) && !describes.some((d) => inside(call, d.call) && inside(d.call, test))
    return {
      title: plain([...outer.map(({ title }) => title), titleOf(call)].join(': ')),
      sentences: calls
        .filter(({ callee, call: test }) => callee === 'it' && closest(test))
        .map(({ title }) => plain(title))
        // A title that is all data says nothing here.
        .filter((sentence) => /\p{L}/u.test(sentence)),
    }
  })
}

/** A title without the places that `it.each` fills in. */
const plain = (title: string): string => title.replace(/%[sdijoO#]|\$[a-z][\w.]*/gi, '…')

/** `RU-01 RU-02 refuses` names two rows of the catalogue of attacks. */
const ATTACK = /\b[A-Z]{2}-\d{2}\b/g

/** The page of what holds. `specification` are the tests in `spec/`, `all` every test. */
export function conformancePage(specification: Tree, all: Tree): string {
  const sections = [...specification].flatMap(([path, source]) => sectionsOf(path, source))
  const attacks = new Map<string, Set<string>>()
  for (const [path, source] of all) {
    for (const { title, sentences } of sectionsOf(path, source)) {
      for (const [id] of [title, ...sentences].join('\n').matchAll(ATTACK)) {
        attacks.set(id, (attacks.get(id) ?? new Set()).add(path))
      }
    }
  }
  return page(
    'Conformance',
    'What the test suite holds, in its own words: a heading is a document, a line is a test. ' +
      'Run it with `npm test`.',
    ...sections
      .filter(({ sentences }) => sentences.length > 0)
      .sort((a, b) => a.title.localeCompare(b.title, 'en', { numeric: true }))
      .map(({ title, sentences }) =>
        [`## ${title}`, '', ...sentences.map((sentence) => `- ${escaped(sentence)}`)].join('\n'),
      ),
    '## Attacks',
    'Rows of the catalogue of attacks, and where each is tried.',
    table(
      ['attack', 'tried in'],
      [...attacks]
        .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
        .map(([id, paths]) => [id, [...paths].map((path) => `[${path}](../${path})`).join(', ')]),
    ),
  )
}

/** Text that Markdown must not read as a tag, a link or emphasis. */
const escaped = (text: string): string => text.replace(/[<>*_[\]\\]/g, '\\$&')
