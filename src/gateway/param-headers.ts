/**
 * `Mcp-Param-*` headers: arguments of a tool that are mirrored for whoever does not read the body.
 *
 * Which arguments are mirrored is in the tool's schema, which the caller was shown by `tools/list`;
 * it is remembered for that caller alone. Without it a header must at least say what one of the
 * arguments says: a value that is nowhere in the body mirrors nothing.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#custom-headers-from-tool-parameters | Custom headers}
 * @module
 */

import { isObject, type JsonObject, type JsonRpcRequest } from '../protocol/json-rpc.ts'
import { findHeaderText, headerMismatch } from '../protocol/mcp.ts'
import {
  isPrimitive,
  type Mirrored,
  mirroredArguments,
  PARAM_PREFIX,
  PARAM_TOKEN,
  type Path,
  valueAt,
} from '../protocol/mirrored-arguments.ts'
import type { Owner } from './session.ts'

const MAX_VALUE_CHARS = 8_192
const DECIMAL = /^-?\d{1,20}(\.\d{1,20})?$/

/** Of how many callers how many tools are remembered. */
const MAX_CALLERS = 1_000
const MAX_TOOLS = 1_000

/** The mirrored arguments of one mount's tools, by caller. */
export class ParamHeaders {
  readonly #callers = new Map<string, ReadonlyMap<string, Mirrored>>()

  /** Remembers what a `tools/list` result showed to a caller. */
  learn(caller: Owner, { tools }: JsonObject): void {
    if (!Array.isArray(tools)) return
    const key = keyOf(caller)
    const known = new Map(this.#callers.get(key))
    for (const tool of tools) {
      if (!isObject(tool) || typeof tool.name !== 'string') continue
      const mirrored = mirroredArguments(tool.inputSchema)
      if (mirrored.size === 0) known.delete(tool.name)
      else if (known.size < MAX_TOOLS) known.set(tool.name, mirrored)
    }
    this.#callers.delete(key)
    if (known.size > 0) this.#callers.set(key, known)
    const oldest = this.#callers.size > MAX_CALLERS ? this.#callers.keys().next().value : undefined
    if (oldest !== undefined) this.#callers.delete(oldest)
  }

  /**
   * Holds the headers of a modern tool call against its arguments.
   *
   * @returns The headers to pass on.
   * @throws {RpcError} -32020 if one is missing, malformed or differs from its argument.
   */
  check(
    caller: Owner,
    headers: Headers,
    { params }: JsonRpcRequest,
  ): Readonly<Record<string, string>> {
    const mirrored = this.#callers.get(keyOf(caller))?.get(String(params?.name)) ?? new Map()
    const passed: Record<string, string> = {}
    let said: ReadonlySet<unknown> | undefined
    for (const [header, value] of headers) {
      if (!header.startsWith(PARAM_PREFIX)) continue
      const name = header.slice(PARAM_PREFIX.length)
      const text = value.length > MAX_VALUE_CHARS ? undefined : findHeaderText(value)
      if (!PARAM_TOKEN.test(name) || text === undefined)
        throw headerMismatch(header, 'is malformed')
      const path: Path | undefined = mirrored.get(name)
      if (path === undefined) said ??= primitivesIn(params?.arguments)
      const candidates = path === undefined ? (said ?? []) : [valueAt(params?.arguments, path)]
      if (!saysSame(candidates, text)) throw headerMismatch(header, 'differs from the argument')
      passed[header] = value
    }
    for (const [name, path] of mirrored) {
      const value = valueAt(params?.arguments, path)
      const isMirrored = isPrimitive(value)
      if (isMirrored && passed[PARAM_PREFIX + name] === undefined) {
        throw headerMismatch(PARAM_PREFIX + name, 'is missing')
      }
    }
    return passed
  }
}

const keyOf = ({ subject, clientId }: Owner) => JSON.stringify([subject, clientId])

/** Whether one of the values is what the text says. Numbers are compared as numbers: 42.0 is 42. */
function saysSame(values: Iterable<unknown>, text: string): boolean {
  const said = values instanceof Set ? values : new Set(values)
  if (said.has(text)) return true
  if (text === 'true' || text === 'false') return said.has(text === 'true')
  const number = Number(text)
  return (DECIMAL.test(text) || String(number) === text) && said.has(number)
}

/** Every value in the arguments that a header could say, each looked at once however many headers there are. */
function primitivesIn(root: unknown): ReadonlySet<unknown> {
  const found = new Set<unknown>()
  const open: unknown[] = [root]
  for (const node of open) {
    if (isPrimitive(node)) found.add(node)
    else if (typeof node === 'object' && node !== null) {
      for (const child of Object.values(node)) open.push(child)
    }
  }
  return found
}
