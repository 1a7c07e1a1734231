/**
 * What an operation can ask of its caller.
 *
 * One more rule is one more file here and one more line.
 *
 * @module
 */

export { all } from './all.ts'
export { anyScope } from './any-scope.ts'
export { type Freshness, freshness } from './freshness.ts'
export { permission } from './permission.ts'
export { roles } from './roles.ts'
export { scopes } from './scopes.ts'
