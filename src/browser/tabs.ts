/**
 * The tabs of one application in one browser, which share a session without keeping it anywhere.
 *
 * Each tab holds the tokens in its memory. Whoever changes the session holds a lock meanwhile, and whoever
 * has one holds another lock whose name says which it is: so a tab that comes next sees that it has
 * missed something, also when the message is still on its way, and asks for it. A tab that is closed or
 * crashes lets go of its locks.
 *
 * @see {@link https://www.w3.org/TR/web-locks/ | Web Locks}
 * @see {@link https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts | BroadcastChannel}, which reaches this origin alone
 * @module
 */

import { isObject } from '../protocol/json-object.ts'
import { isNewer, isSession, type Session, type SessionId } from './session.ts'
import type { BrowserSurroundings } from './surroundings.ts'

/** What a tab does when others speak. */
export interface TabListener {
  /** What this tab has, for others who ask. */
  current(): Session | undefined
  /** Another tab has a newer one. */
  onSession(session: Session): void
  /** Another tab has ended this session, and what came before it. */
  onSignedOut(lineage: string): void
}

/** This tab among the others. */
export interface Tabs {
  /** Runs while no other tab changes the session. */
  alone<T>(run: () => Promise<T>): Promise<T>
  /** Gets the newest session that any tab holds to this one, if it is not here yet. */
  catchUp(): Promise<void>
  /** Says which session this tab holds, so that others can find it. */
  hold(session: SessionId | undefined): Promise<void>
  tell(session: Session): void
  tellSignedOut(lineage: string): void
  close(): void
}

/** A tab that has not answered by then sleeps; the server then says which refresh token counts. */
const PATIENCE_MS = 1_000

/** Joins the tabs that go by this name. */
export function joinTabs(
  name: string,
  listener: TabListener,
  { locks, timers, channel }: Pick<BrowserSurroundings, 'locks' | 'timers' | 'channel'>,
): Tabs {
  const waiting = new Set<() => void>()
  const line = channel(name, (message) => {
    if (!isObject(message)) return
    const { kind, session, lineage } = message
    if (kind === 'ask') {
      const current = listener.current()
      if (current !== undefined) line.post({ kind: 'session', session: current })
    } else if (kind === 'session' && isSession(session)) {
      if (isNewer(session, listener.current())) listener.onSession(session)
    } else if (kind === 'signed-out' && typeof lineage === 'string') {
      listener.onSignedOut(lineage)
    }
    for (const look of waiting) look()
  })

  /** Asks until this tab has it, or for as long as there is hope. */
  const ask = (wanted: SessionId) =>
    new Promise<void>((resolve) => {
      const isHere = () => !isNewer(wanted, listener.current())
      const finish = () => {
        callOff()
        waiting.delete(look)
        resolve()
      }
      const look = () => {
        if (isHere()) finish()
      }
      const callOff = timers.after(PATIENCE_MS, finish)
      waiting.add(look)
      line.post({ kind: 'ask' })
    })

  // One after the other, so that none of them is forgotten.
  let holding = Promise.resolve(() => {})
  return {
    alone: (run) => locks.hold(`${name} change`, 'exclusive', run),
    async catchUp() {
      const held = (await locks.held()).flatMap((lock) => readLock(name, lock) ?? [])
      const newest = held.reduce<SessionId | undefined>(
        (best, one) => (isNewer(one, best) ? one : best),
        undefined,
      )
      if (newest !== undefined && isNewer(newest, listener.current())) await ask(newest)
    },
    async hold(session) {
      holding = holding.then(async (letGo) => {
        const next = session === undefined ? () => {} : await take(lockOf(name, session), locks)
        letGo()
        return next
      })
      await holding
    },
    tell: (session) => line.post({ kind: 'session', session }),
    tellSignedOut: (lineage) => line.post({ kind: 'signed-out', lineage }),
    close() {
      void holding.then((letGo) => letGo())
      line.close()
    },
  }
}

const lockOf = (name: string, { lineage, generation }: SessionId): string =>
  `${name} session ${lineage} ${generation}`

function readLock(name: string, lock: string): SessionId | undefined {
  const start = `${name} session `
  if (!lock.startsWith(start)) return undefined
  const [lineage = '', generation = ''] = lock.slice(start.length).split(' ')
  return { lineage, generation: Number(generation) }
}

/** Takes a lock that others may hold too. Gives what lets go of it. */
const take = (name: string, locks: BrowserSurroundings['locks']): Promise<() => void> =>
  new Promise((resolve, reject) => {
    const held = locks.hold(name, 'shared', () => new Promise<void>((letGo) => resolve(letGo)))
    held.catch(reject)
  })
