import type { Child, ChildOptions } from './child.ts'

/** Starts a stdio server. Never throws: a program that cannot be started is a child that has exited. */
export function startChild(options: ChildOptions): Child {
  throw new Error(options.command[0])
}
