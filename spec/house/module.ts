/** What the house rules need to know of one source file, read from its syntax tree. */

import { parseSync } from 'oxc-parser'

/** One `import`, `export … from`, `import()` or `import('…')` type. */
interface Import {
  readonly specifier: string
  /** Erased by the compiler: nothing is loaded when the program runs. */
  readonly typeOnly: boolean
}

/** One source file. */
export interface Module {
  readonly path: string
  readonly source: string
  readonly lines: number
  readonly imports: readonly Import[]
  /** What it reaches for by itself: `Date.now`, `Math.random`, `setTimeout`, `process.env`, `fetch`. */
  readonly reaches: ReadonlySet<string>
}

/** A node of the syntax tree, as much of it as is looked at. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

/** The nodes right below a node. */
export function children(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode)
}

/** A node and everything below it. */
export function* nodesOf(node: Node): Generator<Node> {
  yield node
  for (const child of children(node)) yield* nodesOf(child)
}

/**
 * The syntax tree of a file.
 *
 * @throws {Error} if it does not parse.
 */
export function syntaxOf(path: string, source: string) {
  const { program, comments, errors } = parseSync(path, source)
  const [error] = errors
  if (error !== undefined) throw new Error(`${path}: ${error.message}`)
  const { body }: { body: unknown } = program
  return { body: Array.isArray(body) ? body.filter(isNode) : [], comments }
}

/** Reads one file. */
export function readModule(path: string, source: string): Module {
  const nodes = syntaxOf(path, source).body.flatMap((statement) => [...nodesOf(statement)])
  return {
    path,
    source,
    lines: source.trimEnd().split('\n').length,
    imports: nodes.flatMap(importsOf),
    reaches: new Set(nodes.flatMap(reachOf(boundNames(nodes)))),
  }
}

function importsOf(node: Node): Import[] {
  switch (node.type) {
    case 'ImportDeclaration':
      return [{ specifier: textOf(node.source), typeOnly: node.importKind === 'type' }]
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      if (!isNode(node.source)) return []
      return [{ specifier: textOf(node.source), typeOnly: node.exportKind === 'type' }]
    case 'ImportExpression':
      return [{ specifier: textOf(node.source), typeOnly: false }]
    case 'TSImportType':
      return [{ specifier: textOf(node.source), typeOnly: true }]
    case 'CallExpression': {
      // `process.getBuiltinModule('node:x')` and a made `require('x')` load modules too.
      const callee = isNode(node.callee) ? nameOf(node.callee) : ''
      if (!/^require$|\.getBuiltinModule$/.test(callee)) return []
      return [{ specifier: textOf(firstArgument(node)), typeOnly: false }]
    }
    default:
      return []
  }
}

/** Stands for a module name that is not a literal. */
export const COMPUTED = '(computed)'

/** What a literal says; a computed module name is kept visible so that a rule can refuse it. */
function textOf(node: unknown): string {
  if (isNode(node) && node.type === 'Literal' && typeof node.value === 'string') return node.value
  return COMPUTED
}

function firstArgument(node: Node): unknown {
  return Array.isArray(node.arguments) ? node.arguments[0] : undefined
}

/** `Date.now` for a member expression of plain names, `fetch` for a plain name. */
function nameOf(node: Node): string {
  if (node.type === 'Identifier') return String(node.name)
  if (node.type !== 'MemberExpression' || !isNode(node.object) || !isNode(node.property)) return ''
  const property = node.computed === true ? textOf(node.property) : String(node.property.name)
  return `${nameOf(node.object)}.${property}`
}

const memberReaches = new Set([
  'Date.now',
  'performance.now',
  'process.hrtime',
  'Math.random',
  'crypto.getRandomValues',
  'crypto.randomUUID',
  'AbortSignal.timeout',
  'process.env',
])

const namedReaches = new Set(['fetch', 'setTimeout', 'setInterval', 'setImmediate'])

/** Functions of `node:` modules that are clocks or chance under another roof. */
const importedReaches = new Set(['randomBytes', 'randomInt', 'randomUUID', 'randomFillSync', 'env'])

function reachOf(bound: ReadonlySet<string>): (node: Node) => string[] {
  return (node) => {
    if (node.type === 'MemberExpression') {
      const name = nameOf(node).replace(/^(globalThis|webcrypto)\./, '')
      if (namedReaches.has(name)) return [name]
      return memberReaches.has(name) ? [name] : []
    }
    if (node.type === 'NewExpression' && isNode(node.callee) && nameOf(node.callee) === 'Date') {
      return firstArgument(node) === undefined ? ['new Date()'] : []
    }
    if (node.type === 'CallExpression' && isNode(node.callee)) {
      const name = nameOf(node.callee)
      return namedReaches.has(name) && !bound.has(name) ? [name] : []
    }
    if (node.type === 'ImportDeclaration' && textOf(node.source).startsWith('node:')) {
      const names = children(node).map(({ imported }) => (isNode(imported) ? nameOf(imported) : ''))
      return names.filter((name) => importedReaches.has(name) || namedReaches.has(name))
    }
    return []
  }
}

/** Names that a file declares or takes as parameters, so that they are not the platform's own. */
function boundNames(nodes: readonly Node[]): ReadonlySet<string> {
  const bound = new Set<string>()
  for (const node of nodes) {
    const patterns = [node.id, node.params, node.local].flat().filter(isNode)
    for (const pattern of patterns) {
      for (const part of nodesOf(pattern)) if (part.type === 'Identifier') bound.add(nameOf(part))
    }
  }
  return bound
}
