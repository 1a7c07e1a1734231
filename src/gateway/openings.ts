/**
 * Streams that are being opened: nothing else of their session overtakes them.
 *
 * A legacy client opens its stream and sends its first request at the same moment. Here the two are
 * checked side by side, and go on to the server on connections of their own. If the request came
 * there first, what the server has to ask because of it would find no stream to be asked on.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#listening-for-messages-from-the-server | Listening for messages from the server}
 * @module
 */

import type { Timers } from './upstreams/child/index.ts'

/** Some servers send the head of a stream with its first event, so it is not waited for in vain. */
const PATIENCE_MS = 500

/** The streams that are being opened now, by session. */
export class Openings {
  readonly #timers: Timers
  readonly #underWay = new Map<string, Set<Promise<unknown>>>()

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** Remembers that a stream of a session is being opened, until it is, or cannot be, or is late. */
  add(session: string, opening: Promise<unknown>): void {
    const held = this.#withPatience(opening)
    const all = this.#underWay.get(session) ?? new Set()
    this.#underWay.set(session, all.add(held))
    void held.then(() => {
      all.delete(held)
      if (all.size === 0) this.#underWay.delete(session)
    })
  }

  /** Waits while streams of the session are being opened. */
  async settled(session: string): Promise<void> {
    await Promise.all(this.#underWay.get(session) ?? [])
  }

  #withPatience(opening: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const callOff = this.#timers.after(PATIENCE_MS, resolve)
      const settled = () => {
        callOff()
        resolve()
      }
      opening.then(settled, settled)
    })
  }
}
