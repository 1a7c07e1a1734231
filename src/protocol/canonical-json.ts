/**
 * JSON written in one way: members in one order at every depth, no white space.
 *
 * For telling whether two values are the same, by their text or its digest. Other programs need not
 * write the same text, so the rules of RFC 8785 for numbers are left out.
 *
 * @module
 */

import { isObject } from './json-rpc.ts'

/** The text of a JSON value, the same in whatever order its members were written. */
export const canonicalJson = (value: unknown): string => JSON.stringify(value, inOrder)

const inOrder = (_name: string, value: unknown): unknown =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value
