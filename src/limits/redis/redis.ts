/**
 * A Redis that may go away and come back: connections one after the other, and nothing that waits
 * for the next one. While there is none, whoever asks is told so at once.
 *
 * @module
 */

import { ConfigError } from '../../errors.ts'
import type { Platform } from '../../platform.ts'
import { systemTimers } from '../../timers.ts'
import { LimitsUnavailable } from '../errors.ts'
import { faultOf, type RedisFault } from './fault.ts'
import { REDIS_SETTING } from './location.ts'
import { openSession, type RedisSession, type SessionOptions } from './session.ts'

/** How a Redis is used. */
export interface RedisOptions extends SessionOptions {
  readonly platform: Platform
  /** Told once when an outage begins, with the reason. */
  onAway(reason: string): void
  /** Told once when it is over. */
  onBack(): void
}

/** A Redis, present or away. */
export interface Redis {
  /** The open connection; another one after each outage. */
  readonly session: RedisSession | undefined
  /**
   * Runs a script, which is one atomic step.
   *
   * @throws {LimitsUnavailable} if it is away, or does not answer in time.
   */
  run(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
  /** Does something with each connection, this one and those to come. */
  onSession(each: (session: RedisSession) => void): void
  close(): void
}

/** From one attempt to connect to the next, in milliseconds: doubled up to the longest. */
const FIRST_PAUSE = 50
const LONGEST_PAUSE = 500

/** A connection that lasted so long was good; one that did not is no reason to hurry. */
const GOOD_AFTER = 5_000

/**
 * Connects to a Redis. One that is away does not hold up the start.
 *
 * @throws {ConfigError} if it will never do as it is: a wrong password, an untrusted certificate.
 */
export async function openRedis(options: RedisOptions): Promise<Redis> {
  const { platform, onAway, onBack } = options
  const welcome: ((session: RedisSession) => void)[] = []
  let session: RedisSession | undefined
  let isAway = false
  let attempts = 0
  let closed = false

  const connect = async (): Promise<RedisFault | undefined> => {
    try {
      const opened = await openSession(options)
      session = opened
      for (const each of welcome) each(opened)
      if (closed) opened.close()
      return undefined
    } catch (error) {
      return faultOf(error)
    }
  }
  const connectAgain = async () => {
    while (session === undefined && !closed) {
      await pause(pauseAfter(attempts++, platform))
      if (!closed) await connect()
    }
  }
  const keepConnected = async () => {
    while (!closed) {
      if (session === undefined) await connectAgain()
      if (session === undefined) return
      if (isAway) onBack()
      isAway = false
      const since = platform.now()
      const fault = await session.ended
      session = undefined
      if (platform.now() - since >= GOOD_AFTER) attempts = 0
      if (!closed) leave(fault)
    }
  }

  const leave = (fault: RedisFault) => {
    isAway = true
    onAway(fault.message)
  }

  const fault = await connect()
  if (fault?.mistake !== undefined) {
    const { problem, hint } = fault.mistake
    throw new ConfigError(REDIS_SETTING, problem, hint)
  }
  if (fault !== undefined) leave(fault)
  void keepConnected()

  return {
    get session() {
      return session
    },
    async run(script, keys, args) {
      if (session === undefined) throw new LimitsUnavailable({ detail: 'Redis is away' })
      try {
        return await session.run(script, keys, args)
      } catch (error) {
        throw new LimitsUnavailable({ detail: `Redis: ${faultOf(error).message}` })
      }
    },
    onSession(each) {
      welcome.push(each)
      if (session !== undefined) each(session)
    },
    close() {
      closed = true
      session?.close()
    },
  }
}

/** Half of it by chance, so that processes that lost one Redis do not come back as one. */
function pauseAfter(attempt: number, platform: Platform): number {
  const full = Math.min(FIRST_PAUSE * 2 ** attempt, LONGEST_PAUSE)
  const [chance = 0] = platform.random(1)
  return (full / 2) * (1 + chance / 256)
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    systemTimers.after(milliseconds, resolve)
  })
