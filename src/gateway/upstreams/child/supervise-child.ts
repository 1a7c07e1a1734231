import type { Platform } from '../../../platform.ts'
import type { Child, ChildOptions } from './child.ts'

/** What to run, and how patiently. */
export interface SupervisedOptions extends ChildOptions {
  readonly platform: Platform
  readonly backoff?: {
    /** The wait after the first failure, before jitter. Default 250 ms; doubles each time. */
    readonly firstMs?: number
    /** The longest wait. Default 30 s. */
    readonly maxMs?: number
    /** A child that lived this long starts over with the first wait. Default 60 s. */
    readonly resetAfterMs?: number
  }
  /** A new process is up, and knows nothing of what was said to the one before. `generation` counts from 1. */
  onStart?(start: { readonly generation: number }): void
}

/** A stdio server that is started again when it dies. */
export interface SupervisedChild extends Pick<Child, 'send' | 'close'> {
  /** The process that runs now, if one does. */
  readonly pid: number | undefined
  /** Counts the starts, from 1. */
  readonly generation: number
}

/**
 * Keeps a stdio server running. While it is down, `send` rejects at once with `child_restarting`,
 * whose `retryAt` says when the next start is due.
 */
export function superviseChild(options: SupervisedOptions): SupervisedChild {
  throw new Error(options.command[0])
}
