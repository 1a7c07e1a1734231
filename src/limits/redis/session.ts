/**
 * One connection to Redis, from the handshake to its end. Whatever goes wrong ends it; `redis.ts`
 * opens another.
 *
 * Clusters and sentinels are left out: managed services give one address for the primary, and what
 * is kept here is small and may be lost.
 *
 * @see {@link https://redis.io/docs/latest/develop/reference/protocol-spec/ | RESP3}
 * @module
 */

import { systemTimers } from '../../timers.ts'
import { evicting, faultOf, RedisFault, replyCode } from './fault.ts'
import type { RedisLocation } from './location.ts'

/** How a connection is made and watched. */
export interface SessionOptions {
  readonly location: RedisLocation
  /** Milliseconds that an answer may take before the connection is given up. */
  readonly deadlineMs: number
  /** A key that is written to see that writing works. */
  readonly probeKey: string
}

/** An open connection. Its promises reject with {@link RedisFault}. */
export interface RedisSession {
  /** The run of the server: another after every restart, and on every replica. */
  readonly runId: string
  /** What the server's clock said when the connection was opened, in milliseconds. */
  readonly openedAt: number
  /** Runs a script, which is one atomic step. */
  run(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown>
  send(...args: readonly string[]): Promise<unknown>
  /** Hears what is published on a channel, as long as the connection lasts. */
  subscribe(channel: string, listener: (message: string) => void): Promise<void>
  /** Resolves when the connection is over, with the reason. */
  readonly ended: Promise<RedisFault>
  close(): void
}

/** The handshake is several answers, and a name to look up: it has at least as long. */
const HANDSHAKE_MS = 1_000

/**
 * Connects, and sees that the server can be used.
 *
 * @throws {RedisFault}
 */
export async function openSession(options: SessionOptions): Promise<RedisSession> {
  const patience = Math.max(HANDSHAKE_MS, options.deadlineMs)
  const client = await createSocketClient(options.location, patience)
  const { ended, end } = ending(client)
  client.on('error', (error) => end(faultOf(error)))
  const callOff = systemTimers.after(patience, () => end(new RedisFault('it did not answer')))
  const overFirst = ended.then((fault): never => {
    throw fault
  })
  const send = sender(client, options.deadlineMs, end)
  try {
    const open = async () => {
      await client.connect()
      return look(send, options.probeKey)
    }
    const looked = await Promise.race([open(), overFirst])
    return {
      ...looked,
      send,
      run: scriptRunner(send),
      async subscribe(channel, listener) {
        await client.subscribe(channel, listener)
      },
      ended,
      close: () => end(new RedisFault('it was closed')),
    }
  } catch (error) {
    const fault = faultOf(error)
    end(fault)
    throw fault
  } finally {
    callOff()
  }
}

type Client = Awaited<ReturnType<typeof createSocketClient>>

/** A client that never connects again by itself, and keeps nothing for later. */
async function createSocketClient(location: RedisLocation, connectTimeout: number) {
  const { host, port, tls, username, password, database } = location
  // Loaded by those who use it: it is larger than all the rest of Warder.
  const { createClient } = await import('@redis/client')
  const common = { host, port, connectTimeout, reconnectStrategy: false } as const
  return createClient({
    socket: tls ? { ...common, tls } : common,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    database,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    // Ours counts until the answer is here; the client's only until the command is written.
    commandOptions: { timeout: 0 },
  })
}

/** What ends a connection, once; the first reason is the one that is told. */
function ending(client: Client) {
  let over = false
  let tell: (fault: RedisFault) => void = () => {}
  const ended = new Promise<RedisFault>((resolve) => {
    tell = resolve
  })
  const end = (fault: RedisFault): void => {
    if (over) return
    over = true
    tell(fault)
    client.destroy()
  }
  return { ended, end }
}

type Send = RedisSession['send']

/** Sends commands, and ends the connection when one fails or takes too long. */
function sender(client: Client, deadlineMs: number, end: (fault: RedisFault) => void): Send {
  return async (...args) => {
    let isAnswered = false
    const expire = () => {
      if (!isAnswered) end(new RedisFault(`it did not answer within ${deadlineMs} ms`))
    }
    // Behind a busy moment of our own the answer may be there already, unread: read first.
    const callOff = systemTimers.after(deadlineMs, () => systemTimers.after(0, expire))
    try {
      const answer: unknown = await client.sendCommand(args)
      return answer
    } catch (error) {
      if (replyCode(error) === 'NOSCRIPT') throw error
      const fault = faultOf(error)
      end(fault)
      throw fault
    } finally {
      isAnswered = true
      callOff()
    }
  }
}

/** Sends scripts by their digest, which the server says. */
function scriptRunner(send: Send): RedisSession['run'] {
  const digests = new Map<string, Promise<unknown>>()
  const digestOf = (script: string) => {
    const known = digests.get(script) ?? send('SCRIPT', 'LOAD', script)
    digests.set(script, known)
    return known
  }
  return async (script, keys, args) => {
    const rest = [String(keys.length), ...keys, ...args]
    const digest = String(await digestOf(script))
    try {
      return await send('EVALSHA', digest, ...rest)
    } catch (error) {
      // Somebody made the server forget its scripts.
      if (replyCode(error) === 'NOSCRIPT') return send('EVAL', script, ...rest)
      throw error
    }
  }
}

/** @throws {RedisFault} if the server forgets what it is given, or cannot be written to. */
async function look(send: Send, probeKey: string) {
  const info = String(await send('INFO'))
  const read = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
  const policy = read('maxmemory_policy')
  if (read('maxmemory') !== '0' && policy !== '' && policy !== 'noeviction') throw evicting(policy)
  await send('SET', probeKey, '', 'PX', '1000')
  const [seconds, micros] = asList(await send('TIME'))
  const openedAt = Number(seconds) * 1000 + Number(micros) / 1000
  return { runId: read('run_id'), openedAt }
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
