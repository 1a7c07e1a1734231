/** What a front door exports, and the doc comment that stands above each declaration. */

import { children, type Node, nodesOf, syntaxOf } from './module.ts'
import type { Tree } from './tree.ts'

/** One exported declaration. */
export interface Export {
  readonly name: string
  /** Where it is declared. */
  readonly path: string
  /** The text of the block right above it; nothing if there is none. */
  readonly doc: string | undefined
  /** Whether its own body throws. */
  readonly throws: boolean
}

/** Everything that can be imported from a front door, declared in `tree`. */
export function exportsOf(tree: Tree, path: string): Export[] {
  const file = fileOf(tree, path)
  return file.body.flatMap((statement) => {
    const from = sourceOf(statement, path)
    if (statement.type === 'ExportAllDeclaration') return from ? exportsOf(tree, from) : []
    if (statement.type !== 'ExportNamedDeclaration') return []
    if (isNode(statement.declaration)) return declaredBy(file, statement, statement.declaration)
    return specifiersOf(statement).flatMap(({ local, exported }) => {
      const found = from ? find(tree, from, local) : findLocal(tree, file, local)
      return found.map((one) => ({ ...one, name: exported }))
    })
  })
}

interface File {
  readonly path: string
  readonly source: string
  readonly body: readonly Node[]
  readonly docs: readonly { readonly value: string; readonly end: number }[]
}

/** Files that were read: a name may be looked for in one by a hundred others. */
const known = new WeakMap<Tree, Map<string, File>>()

function fileOf(tree: Tree, path: string): File {
  const files = known.get(tree) ?? new Map<string, File>()
  known.set(tree, files)
  const file = files.get(path) ?? readFile(tree, path)
  files.set(path, file)
  return file
}

function readFile(tree: Tree, path: string): File {
  const source = tree.get(path)
  if (source === undefined) throw new Error(`No file at ${path}.`)
  const { body, comments } = syntaxOf(path, source)
  const docs = comments.filter(
    ({ type, value }) => type === 'Block' && value.startsWith('*') && !value.includes('@module'),
  )
  return { path, source, body, docs }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value

/** The file of ours that a statement takes its names from. */
function sourceOf(statement: Node, path: string): string | undefined {
  if (!isNode(statement.source)) return undefined
  const specifier = String(statement.source.value)
  return specifier.startsWith('.')
    ? new URL(specifier, `file:///${path}`).pathname.slice(1)
    : undefined
}

const nameOf = (node: unknown): string => (isNode(node) ? String(node.name ?? node.value) : '')

function specifiersOf(statement: Node): { local: string; exported: string }[] {
  const specifiers = [statement.specifiers].flat().filter(isNode)
  return specifiers.map(({ local, exported }) => ({
    local: nameOf(local),
    exported: nameOf(exported),
  }))
}

const find = (tree: Tree, path: string, name: string): Export[] =>
  exportsOf(tree, path).filter((one) => one.name === name)

/** A name exported by `export { name }`: declared in the file, or imported into it. */
function findLocal(tree: Tree, file: File, name: string): Export[] {
  return file.body.flatMap((statement) => {
    if (statement.type !== 'ImportDeclaration') {
      return declaredBy(file, statement, statement).filter((one) => one.name === name)
    }
    const from = sourceOf(statement, file.path)
    const imported = [statement.specifiers].flat().filter(isNode)
    const match = imported.find(({ local }) => nameOf(local) === name)
    return match !== undefined && from !== undefined ? find(tree, from, nameOf(match.imported)) : []
  })
}

/** What one declaration declares; `statement` is where its doc comment stands above. */
function declaredBy({ path, source, docs }: File, statement: Node, declaration: Node): Export[] {
  const doc = docs.find(
    ({ end }) => /^\s*$/.test(source.slice(end, statement.start)) && end <= statement.start,
  )
  const rest = { path, doc: doc?.value, throws: throwsItself(declaration) }
  if (declaration.type === 'VariableDeclaration') {
    const declarators = [declaration.declarations].flat().filter(isNode)
    return declarators.map(({ id }) => ({ name: nameOf(id), ...rest }))
  }
  return isNode(declaration.id) ? [{ name: nameOf(declaration.id), ...rest }] : []
}

const isFunction = ({ type }: Node) =>
  type === 'FunctionDeclaration' ||
  type === 'FunctionExpression' ||
  type === 'ArrowFunctionExpression'

/** Whether a function, or a constant that is one, has a `throw` of its own, not in a function inside. */
function throwsItself(declaration: Node): boolean {
  const own = isFunction(declaration)
    ? declaration
    : [...nodesOf(declaration)]
        .filter(({ type }) => type === 'VariableDeclarator')
        .map(({ init }) => init)
        .find(isNode)
  if (own === undefined || !isFunction(own)) return false
  const throwsBelow = (node: Node): boolean =>
    node.type === 'ThrowStatement' || (!isFunction(node) && children(node).some(throwsBelow))
  return children(own).some(throwsBelow)
}
