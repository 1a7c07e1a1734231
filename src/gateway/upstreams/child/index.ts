/**
 * Stdio servers as child processes: started without a shell, in an environment of their own, read
 * and written with bounds, and never left behind.
 *
 * @module
 */

export type { Timers } from '../../../timers.ts'
export type { Child, ChildExit, ChildOptions } from './child.ts'
export { ChildError } from './child-error.ts'
export { closeAllChildren } from './live-children.ts'
export { startChild } from './start-child.ts'
export { type SupervisedChild, type SupervisedOptions, superviseChild } from './supervise-child.ts'
