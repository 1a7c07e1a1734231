/**
 * What JSON calls an object.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8259#section-4 | RFC 8259 §4}
 * @module
 */

/** A JSON object whose members nobody has looked at yet. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is a JSON object, and neither an array nor null. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
