/**
 * A backend for the frontend: a page calls its APIs through it, with a cookie, and never sees a token.
 *
 * @module
 */

export { type Bff, createBff } from './bff.ts'
export type { BffOptions } from './options.ts'
