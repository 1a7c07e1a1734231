/**
 * What a tool says of itself to the model that chooses it, in a form that can be compared.
 *
 * The members that a model or a person goes by count, in whatever order they are written. `icons`,
 * `execution` and `_meta` do not: they say nothing of what the tool does.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool | MCP tools}
 * @module
 */

import { canonicalJson } from '../protocol/canonical-json.ts'
import { isObject, type JsonObject } from '../protocol/json-rpc.ts'

/** The members that are compared. */
const members = [
  'name',
  'title',
  'description',
  'inputSchema',
  'outputSchema',
  'annotations',
] as const

/** A tool as it was listed. */
export interface ListedTool {
  readonly tool: string
  /** SHA-256 of the canonical definition, in hexadecimal. */
  readonly hash: string
  readonly definition: JsonObject
}

/** Reads a tool of a `tools/list` result; nothing if it is none that could be called. */
export async function findListedTool(listed: unknown): Promise<ListedTool | undefined> {
  if (!isObject(listed) || typeof listed.name !== 'string') return undefined
  const definition = definitionOf(listed)
  const bytes = new TextEncoder().encode(canonicalJson(definition))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return { tool: listed.name, hash, definition }
}

/** Which members two definitions do not have in common. */
export const differingMembers = (one: JsonObject, other: JsonObject): readonly string[] =>
  members.filter((member) => canonicalJson([one[member]]) !== canonicalJson([other[member]]))

const definitionOf = (listed: JsonObject): JsonObject =>
  Object.fromEntries(
    members
      .filter((member) => listed[member] !== undefined)
      .map((member) => [
        member,
        member === 'outputSchema' ? unwrapped(listed[member]) : listed[member],
      ]),
  )

const WRAPPED = '#/properties/result'

/**
 * Legacy callers can only be shown the schema of an object, so servers of both eras show them
 * `{ result: … }` where modern ones see what is in it. That is one schema, not a change.
 */
function unwrapped(schema: unknown): unknown {
  if (!isObject(schema) || schema.type !== 'object' || !isObject(schema.properties)) return schema
  const known = ['$schema', 'type', 'properties', 'required']
  const isEnvelope =
    Object.keys(schema).every((member) => known.includes(member)) &&
    canonicalJson([Object.keys(schema.properties), schema.required]) === '[["result"],["result"]]'
  return isEnvelope ? JSON.parse(JSON.stringify(schema.properties.result, rebased)) : schema
}

/** References as they are without the envelope. */
const rebased = (name: string, value: unknown): unknown => {
  const isReference = (name === '$ref' || name === '$dynamicRef') && typeof value === 'string'
  if (!isReference) return value
  if (value === WRAPPED) return '#'
  return value.startsWith(`${WRAPPED}/`) ? `#${value.slice(WRAPPED.length)}` : value
}
