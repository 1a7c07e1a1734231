/**
 * The life of one child process, from its first byte to the last of its group.
 *
 * Whatever ends the child ends its whole process group at once: what it started has no purpose
 * without it, and its group's number may be another's soon after.
 *
 * @module
 */

import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { writeMessage } from '../../../protocol/message-framing.ts'
import { systemTimers, type Timers } from '../../../timers.ts'
import type { Child, ChildExit, ChildOptions } from './child.ts'
import { ChildError } from './child-error.ts'
import { readLog, readMessages } from './child-output.ts'
import { rememberClosable, rememberGroup } from './live-children.ts'
import { Outbox } from './outbox.ts'
import { killGroup, killLeftovers, terminateGroup } from './process-group.ts'

const DEFAULT_MAX_PENDING_BYTES = 8 * 1024 * 1024
const DEFAULT_SEND_TIMEOUT_MS = 10_000
const DEFAULT_GRACE_MS = 4_000

/** How long reading may go on after the child's end, or the child after its pipes' end. */
const DRAIN_MS = 1_000

/** A process, and who hears of it. */
export interface Running {
  readonly process: ChildProcessWithoutNullStreams
  readonly pid: number
  readonly options: ChildOptions
}

/** A child that was started. */
export class RunningChild implements Child {
  readonly pid: number
  readonly exited: Promise<ChildExit>
  readonly #process: ChildProcessWithoutNullStreams
  readonly #options: ChildOptions
  readonly #timers: Timers
  readonly #outbox: Outbox
  /** Calls off what is only for the living. */
  #callOffs: (() => void)[] = []
  #hasExited = false
  #isDrained = false
  #asked = false
  #stopped: { readonly reason: string; readonly cause?: unknown } | undefined
  #firstMessageDue: 'unset' | 'running' | 'met' = 'unset'

  constructor({ process, pid, options }: Running) {
    this.pid = pid
    this.#process = process
    this.#options = options
    this.#timers = options.timers ?? systemTimers
    this.#outbox = new Outbox(process.stdin, {
      maxPendingBytes: options.maxPendingBytes ?? DEFAULT_MAX_PENDING_BYTES,
      sendTimeoutMs: options.sendTimeoutMs ?? DEFAULT_SEND_TIMEOUT_MS,
      timers: this.#timers,
    })
    this.#callOffs.push(rememberGroup(pid))
    this.exited = this.#live()
    void this.exited.then((exit) => options.onExit(exit))
  }

  async send(message: object): Promise<void> {
    const line = writeMessage(message)
    this.#expectFirstMessage()
    await this.#outbox.send(line)
  }

  async close(graceMs = DEFAULT_GRACE_MS): Promise<void> {
    if (!this.#hasExited) {
      this.#asked = true
      this.#outbox.close(gone('it is being closed'))
      if (graceMs <= 0) killGroup(this.pid)
      this.#after(graceMs / 2, () => terminateGroup(this.pid))
      this.#after(graceMs, () => killGroup(this.pid))
    }
    await this.exited
  }

  async #live(): Promise<ChildExit> {
    const forget = rememberClosable(this)
    // A child that dies closes its stdin too; so its end, and the reason for it, may be on the way.
    this.#process.stdin.on('error', () => {
      this.#after(DRAIN_MS, () => this.#stop('it closed its stdin'))
    })
    const reading = Promise.all([this.#readMessages(), this.#readLog()])
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      this.#process.once('exit', (...ended) => {
        this.#bury()
        resolve(ended)
      })
    })
    await this.#drain(reading)
    forget()
    const reason = this.#stopped?.reason ?? describeEnd(code, signal)
    const error = gone(`${this.#options.command[0]}: ${reason}`, this.#stopped?.cause)
    return { code, signal, reason, asked: this.#asked, error }
  }

  /** Ends a child that cannot be worked with. */
  #stop(reason: string, cause?: unknown): void {
    this.#stopped ??= { reason, cause }
    if (!this.#hasExited) killGroup(this.pid)
  }

  /** In the same turn in which the system gave the process up: from now on its number may be another's. */
  #bury(): void {
    this.#hasExited = true
    for (const callOff of this.#callOffs) callOff()
    this.#callOffs = []
    killLeftovers(this.pid)
    this.#outbox.close(gone('it has exited'))
  }

  /** Waits for the last output, but not for a stray process that keeps the pipes open. */
  async #drain(reading: Promise<unknown>): Promise<void> {
    await new Promise<void>((resolve) => {
      const callOff = this.#timers.after(DRAIN_MS, resolve)
      void reading.then(() => {
        callOff()
        resolve()
      })
    })
    this.#isDrained = true
    for (const pipe of this.#process.stdio) pipe?.destroy()
  }

  async #readMessages(): Promise<void> {
    const { onMessage } = this.#options
    try {
      await readMessages(this.#process.stdout, {
        ...this.#options,
        onMessage: (message) => {
          this.#firstMessageDue = 'met'
          return this.#isDrained ? undefined : onMessage(message)
        },
      })
    } catch (cause) {
      this.#stop('its output could not be handled', cause)
    }
    this.#after(DRAIN_MS, () => {
      if (!this.#asked) this.#stop('it closed its stdout')
    })
  }

  async #readLog(): Promise<void> {
    try {
      await readLog(this.#process.stderr, this.#options)
    } catch (cause) {
      this.#stop('its log could not be handled', cause)
    }
  }

  #expectFirstMessage(): void {
    const { startTimeoutMs } = this.#options
    if (startTimeoutMs === undefined || this.#firstMessageDue !== 'unset') return
    this.#firstMessageDue = 'running'
    this.#after(startTimeoutMs, () => {
      if (this.#firstMessageDue === 'met') return
      this.#stop(`it said nothing for ${startTimeoutMs} ms`)
    })
  }

  #after(delayMs: number, run: () => void): void {
    if (!this.#hasExited) this.#callOffs.push(this.#timers.after(delayMs, run))
  }
}

const gone = (detail: string, cause?: unknown) => new ChildError('child_gone', { detail, cause })

function describeEnd(code: number | null, signal: string | null): string {
  return signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`
}
