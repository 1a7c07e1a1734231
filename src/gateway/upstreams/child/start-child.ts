/**
 * Starting one stdio server.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#shutdown | MCP shutdown}
 * @module
 */

import type { Child, ChildExit, ChildOptions } from './child.ts'
import type { ChildError } from './child-error.ts'
import { launch } from './launch.ts'
import { RunningChild } from './running-child.ts'

/** Starts a stdio server. Never throws: a program that cannot be started is a child that has exited. */
export function startChild(options: ChildOptions): Child {
  const launched = launch(options)
  if ('failure' in launched) return stillborn(launched.failure, options)
  return new RunningChild({ ...launched, options })
}

function stillborn(failure: Promise<ChildError>, options: ChildOptions): Child {
  const exited = failure.then((error): ChildExit => {
    const reason = error.detail ?? error.message
    return { code: null, signal: null, reason, asked: false, error }
  })
  void exited.then((exit) => options.onExit(exit))
  return {
    pid: undefined,
    exited,
    async send() {
      throw (await exited).error
    },
    async close() {
      await exited
    },
  }
}
