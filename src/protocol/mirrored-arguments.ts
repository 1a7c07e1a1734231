/**
 * `Mcp-Param-*` headers: which arguments of a tool they mirror.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#custom-headers-from-tool-parameters | Custom headers}
 * @module
 */

import { isObject } from './json-rpc.ts'

/** What every such header begins with, in lower case. */
export const PARAM_PREFIX = 'mcp-param-'

/** A field name ({@link https://www.rfc-editor.org/rfc/rfc9110#section-5.1 | RFC 9110 §5.1}), in lower case. */
export const PARAM_TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]{1,100}$/

/** Where an argument stands among the others. */
export type Path = readonly string[]

/** By header name without its prefix: the argument it mirrors. */
export type Mirrored = ReadonlyMap<string, Path>

/** The arguments that a schema marks with `x-mcp-header`, along `properties` alone. */
export function mirroredArguments(schema: unknown): Mirrored {
  const found = new Map<string, Path>()
  const open: { readonly node: unknown; readonly path: Path }[] = [{ node: schema, path: [] }]
  for (const { node, path } of open) {
    if (!isObject(node)) continue
    const name = node['x-mcp-header']
    if (path.length > 0 && typeof name === 'string' && PARAM_TOKEN.test(name.toLowerCase())) {
      found.set(name.toLowerCase(), path)
    }
    if (!isObject(node.properties)) continue
    for (const [key, child] of Object.entries(node.properties)) {
      open.push({ node: child, path: [...path, key] })
    }
  }
  return found
}

/** What stands at a path; nothing if the path leads nowhere. */
export function valueAt(root: unknown, path: Path): unknown {
  let node = root
  for (const key of path) {
    if (!isObject(node) || !Object.hasOwn(node, key)) return undefined
    node = node[key]
  }
  return node
}

/** Whether a value can be written as a header. */
export const isPrimitive = (value: unknown): value is string | boolean | number =>
  typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
