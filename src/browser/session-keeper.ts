/**
 * The session of this tab, kept the same as that of the others: one tab renews, all have the new tokens.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 | RFC 9700 §4.14.2} on refresh tokens that rotate
 * @module
 */

import type { Platform } from '../platform.ts'
import { BrowserError } from './errors.ts'
import { noteSignedIn } from './pending-sign-in.ts'
import { randomText } from './random-text.ts'
import type { Session } from './session.ts'
import { joinTabs, type TabListener, type Tabs } from './tabs.ts'
import { refresh, revoke, type TokenContext, type Tokens } from './token-endpoint.ts'

/** Keeps the session. */
export class SessionKeeper implements TabListener {
  readonly #context: TokenContext
  readonly #onChange: () => void
  readonly #tabs: Tabs
  #current: Session | undefined
  /** What has ended does not come back, however long a word of it was on its way. */
  #endedLineage = ''
  #renewing: Promise<Session> | undefined

  /** `onChange` is told of every other session, whichever tab changed it. */
  constructor(context: TokenContext, onChange: () => void) {
    this.#context = context
    this.#onChange = onChange
    this.#tabs = joinTabs(context.settings.name, this, context.surroundings)
  }

  current(): Session | undefined {
    return this.#current
  }

  onSession(session: Session): void {
    if (session.lineage > this.#endedLineage) void this.#set(session)
  }

  onSignedOut(lineage: string): void {
    if (lineage > this.#endedLineage) this.#endedLineage = lineage
    if (this.#current !== undefined && this.#current.lineage <= lineage) void this.#set(undefined)
  }

  /** Gets what other tabs have. */
  catchUp(): Promise<void> {
    return this.#tabs.catchUp()
  }

  /** Puts what a sign-in gives in the place of what there was, which is given back. */
  begin(redeem: () => Promise<Tokens>): Promise<void> {
    return this.#tabs.alone(async () => {
      await this.#tabs.catchUp()
      const before = this.#current
      const tokens = await redeem()
      const lineage = this.#nextLineage(this.#context.surroundings.platform)
      await this.#share({ ...tokens, lineage, generation: 0 })
      // The new one is good whatever becomes of the old one.
      if (before !== undefined) await revoke(before, this.#context).catch(() => {})
    })
  }

  /**
   * A session with another access token than the one that will not do, by one request of all tabs.
   *
   * @throws {BrowserError} `sign_in_needed` if it has ended; what `refresh` throws else.
   */
  renew(stale: Session): Promise<Session> {
    this.#renewing ??= this.#tabs
      .alone(() => this.#renewAlone(stale))
      .finally(() => {
        this.#renewing = undefined
      })
    return this.#renewing
  }

  /** Ends the session in all tabs, and gives it back. */
  end(): Promise<Session | undefined> {
    return this.#tabs.alone(async () => {
      await this.#tabs.catchUp()
      const ended = this.#current
      if (ended === undefined) return undefined
      await this.#drop(ended)
      await revoke(ended, this.#context)
      return ended
    })
  }

  close(): void {
    this.#tabs.close()
  }

  async #renewAlone(stale: Session): Promise<Session> {
    await this.#tabs.catchUp()
    const current = this.#current
    // Another tab was first.
    if (current !== undefined && current.accessToken !== stale.accessToken) return current
    if (current?.refreshToken === undefined) {
      throw new BrowserError('sign_in_needed', 'Sign in.')
    }
    try {
      return await this.#share(await refresh(current, current.refreshToken, this.#context))
    } catch (error) {
      if (error instanceof BrowserError && error.code === 'sign_in_needed') {
        await this.#drop(current)
      }
      throw error
    }
  }

  /** First the lock that says that there is something new, then the word. */
  async #share(session: Session): Promise<Session> {
    await this.#set(session)
    this.#tabs.tell(session)
    return session
  }

  async #drop(session: Session): Promise<void> {
    this.#endedLineage = session.lineage
    await this.#set(undefined)
    this.#tabs.tellSignedOut(session.lineage)
  }

  async #set(session: Session | undefined): Promise<void> {
    const { settings, surroundings } = this.#context
    this.#current = session
    noteSignedIn(session !== undefined, settings, surroundings)
    this.#onChange()
    await this.#tabs.hold(session)
  }

  /** Lineages sort by time, with digits enough until the year 5138; and after the ones before, whatever the clock says. */
  #nextLineage(platform: Platform): string {
    const before = [this.#current?.lineage ?? '', this.#endedLineage]
    const times = before.map((lineage) => (Number.parseInt(lineage, 10) || 0) + 1)
    const time = String(Math.max(platform.now(), ...times))
    return `${time.padStart(14, '0')}-${randomText(platform)}`
  }
}
