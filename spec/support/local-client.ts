/** A client at the near end of a relay, and the passing of time. */

import { type ConnectOptions, connect, fetchHttp } from 'warder/connect'
import { fakePlatform } from 'warder/testing'
import { manualTimers } from './manual-timers.ts'

/** Waits for what is under way, which may be in the hands of other threads. */
export async function until(isSo: () => boolean): Promise<void> {
  const since = performance.now()
  while (!isSo()) {
    if (performance.now() - since > 10_000) throw new Error('It did not come to that.')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Everything that is ready has happened after that. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

type Message = Readonly<Record<string, unknown>>

/** A client of `warder connect`, and what it is told. */
export class LocalClient {
  readonly lines: string[] = []
  readonly told: string[] = []
  readonly timers = manualTimers()
  readonly platform = fakePlatform()
  readonly relay

  constructor(fetch: typeof globalThis.fetch, options: Partial<ConnectOptions> = {}) {
    this.relay = connect({
      url: 'https://far.test/mcp',
      http: fetchHttp(fetch),
      write: (line) => void this.lines.push(line),
      tell: (text) => void this.told.push(text),
      platform: this.platform,
      timers: this.timers,
      ...options,
    })
  }

  /** What it was answered and told, as messages. */
  get messages(): readonly Message[] {
    return this.lines.map((line) => JSON.parse(line))
  }

  /** Writes a line, and lets happen what follows at once. */
  async say(message: Message | string): Promise<void> {
    const text =
      typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message })
    this.relay.take({ kind: 'line', bytes: Buffer.from(text) })
    await settled()
  }

  /** Opens a session as clients do. */
  async open(protocolVersion = '2025-11-25'): Promise<void> {
    const clientInfo = { name: 'spec', version: '1' }
    const params = { protocolVersion, capabilities: {}, clientInfo }
    await this.ask({ id: 0, method: 'initialize', params })
    await this.say({ method: 'notifications/initialized' })
  }

  /** Writes a request, and waits for its answer. */
  async ask(message: Message & { readonly id: number | string }): Promise<Message | undefined> {
    await this.say(message)
    await until(() => this.answer(message.id) !== undefined)
    return this.answer(message.id)
  }

  /** The answer to a request; nothing if there is none yet. */
  answer(id: number | string): Message | undefined {
    return this.messages.find((message) => message.id === id && !('method' in message))
  }

  /** Lets time pass until it comes to that, also where other threads have a part in it. */
  async until(isSo: () => boolean): Promise<void> {
    for (let left = 400; !isSo(); left -= 1) {
      if (left === 0) throw new Error('It did not come to that.')
      await this.pass(100)
    }
  }

  async pass(ms: number): Promise<void> {
    // In steps: what waits again after a wait must get its turn.
    for (let left = ms; left > 0; left -= 250) {
      this.platform.advance(Math.min(left, 250))
      this.timers.pass(Math.min(left, 250))
      await settled()
    }
  }
}
