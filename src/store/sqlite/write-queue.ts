/**
 * Writes that wait for the next commit.
 *
 * Nobody who is alone waits for company: a group is what has come by the time the process has heard
 * all of its connections once, and while one group is committed the next gathers by itself.
 *
 * @module
 */

import { StoreUnavailable } from '../errors.ts'
import { patiently } from '../sql/patience.ts'
import type { Step } from '../sql/statement.ts'
import type { Outlives } from '../store.ts'
import { isBusy } from './dialect.ts'
import type { Outcome } from './group.ts'

/** Steps in one group: some 10 ms, so that no commit holds this process up for long. */
const LARGEST_GROUP = 500

/** Writes that may wait. There are more only if the database is stuck; they had better go away. */
const LONGEST_QUEUE = 2048

/**
 * Commits writes together. Throws if none of them has happened; they are tried again if another
 * process was in the way.
 */
export type Commit = (
  writes: readonly (readonly Step[])[],
  outlives: Outlives,
) => readonly Outcome[]

interface Waiting {
  readonly steps: readonly Step[]
  readonly outlives: Outlives
  settle(outcome: Outcome): void
}

/** A queue that commits its writes in groups, in the order they came. */
export class WriteQueue {
  readonly #commit: Commit
  readonly #patience: number
  readonly #waiting: Waiting[] = []
  #draining: Promise<void> | undefined

  /** @param patience - Milliseconds that another process may be in the way. */
  constructor(commit: Commit, patience: number) {
    this.#commit = commit
    this.#patience = patience
  }

  /**
   * @returns How many rows the write hit; undefined if it missed, and so has not happened.
   * @throws {StoreUnavailable} if the database cannot serve now, or too many are waiting for it.
   */
  add(steps: readonly Step[], outlives: Outlives = 'machine'): Promise<number | undefined> {
    if (this.#waiting.length >= LONGEST_QUEUE) {
      return Promise.reject(new StoreUnavailable({ detail: 'too many writes are waiting' }))
    }
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome) =>
        'error' in outcome ? reject(outcome.error) : resolve(outcome.hits)
      this.#waiting.push({ steps, outlives, settle })
      this.#draining ??= this.#drain()
    })
  }

  /** Resolves when nobody waits any more. */
  async settled(): Promise<void> {
    await this.#draining
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Not a microtask: that would come before the other requests that have arrived are heard.
      await new Promise((resolve) => setImmediate(resolve))
      await this.#settleGroup()
    }
    this.#draining = undefined
  }

  async #settleGroup(): Promise<void> {
    // Whoever comes while another process is in the way joins the next attempt.
    const attempt = async () => {
      const group = this.#firstInLine()
      const needsFlush = group.some(({ outlives }) => outlives === 'machine')
      return this.#commit(
        group.map(({ steps }) => steps),
        needsFlush ? 'machine' : 'process',
      )
    }
    try {
      const outcomes = await patiently(attempt, { patience: this.#patience, isBusy })
      const group = this.#waiting.splice(0, outcomes.length)
      for (const [at, outcome] of outcomes.entries()) group[at]?.settle(outcome)
    } catch (cause) {
      // Those behind the group too: each would only find the same, and nobody waits longer than told.
      const error = new StoreUnavailable({ detail: String(cause), cause })
      for (const { settle } of this.#waiting.splice(0)) settle({ error })
    }
  }

  /** As many as make up a group, and at least one. */
  #firstInLine(): readonly Waiting[] {
    let room = LARGEST_GROUP
    const beyond = this.#waiting.findIndex(({ steps }, at) => {
      room -= steps.length
      return room < 0 && at > 0
    })
    return beyond === -1 ? this.#waiting : this.#waiting.slice(0, beyond)
  }
}
