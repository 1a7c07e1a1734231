/**
 * A browser as far as a page's client goes: tabs with an address and a storage each, and the locks, the
 * channels and the key database that they share. Nothing happens by itself but what a promise does:
 * timers run when the test says so, and messages between tabs can be held up.
 */

import {
  type AuthState,
  type BrowserClient,
  type BrowserClientOptions,
  type BrowserSurroundings,
  createBrowserClient,
} from 'warder/browser'
import type { FakePlatform } from 'warder/testing'

/** The world that a browser is in. */
export interface World {
  readonly platform: FakePlatform
  readonly fetch: (request: Request) => Promise<Response>
}

type Listener = { readonly name: string; readonly hear: (data: unknown) => void }
/** A message, and who was there to hear it. */
type Message = { readonly to: readonly Listener[]; readonly data: unknown }

export class PageBrowser {
  readonly world: World
  readonly tabs = new Set<Tab>()
  /** Whether messages between tabs wait for `deliver`. */
  isSlow = false
  readonly keys = new Map<string, CryptoKeyPair>()
  readonly listeners = new Map<object, Listener>()
  readonly #locks = new LockTable()
  readonly #messages: Message[] = []
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>()

  constructor(world: World) {
    this.world = world
  }

  /** A new tab. Nothing is loaded yet. */
  tab(address = 'https://spa.test/'): Tab {
    const tab = new Tab(this, address)
    this.tabs.add(tab)
    return tab
  }

  /** Time goes by, for the clock and for timers. */
  pass(milliseconds: number): void {
    this.world.platform.advance(milliseconds)
    for (const timer of this.#timers) {
      if (timer.at > this.world.platform.now()) continue
      this.#timers.delete(timer)
      timer.run()
    }
  }

  /** Hands over the messages that wait, and those that they give rise to. */
  async deliver(isAsked = true): Promise<void> {
    while (isAsked || !this.isSlow) {
      const next = this.#messages.shift()
      if (next === undefined) return
      const present = new Set(this.listeners.values())
      for (const listener of next.to) {
        if (present.has(listener)) listener.hear(structuredClone(next.data))
      }
      await settled()
    }
  }

  /** The names of the locks that are held. */
  get locked(): readonly string[] {
    return this.#locks.held()
  }

  surroundingsOf(tab: Tab, life: AbortSignal): BrowserSurroundings {
    const { platform, fetch } = this.world
    return {
      platform,
      timers: {
        after: (delayMs, run) => {
          const timer = { at: platform.now() + delayMs, run }
          this.#timers.add(timer)
          return () => void this.#timers.delete(timer)
        },
      },
      fetch: async (input, init) => {
        const request = new Request(input, { ...init, referrerPolicy: '' })
        tab.sent.push(request.clone())
        return fetch(request)
      },
      navigation: tab,
      storage: tab,
      locks: {
        hold: (name, mode, run) => this.#locks.hold({ name, mode, life }, run),
        held: async () => this.#locks.held(),
      },
      channel: (name, hear) => {
        const owner = {}
        const close = () => void this.listeners.delete(owner)
        this.listeners.set(owner, { name, hear })
        life.addEventListener('abort', close)
        const post = (data: unknown) => {
          const to = [...this.listeners]
            .filter(([other, listener]) => other !== owner && listener.name === name)
            .map(([, listener]) => listener)
          this.#messages.push({ to, data: structuredClone(data) })
          void settled().then(() => this.deliver(false))
        }
        return { post, close }
      },
      keys: {
        find: async (name) => this.keys.get(name),
        add: async (name, pair) => {
          const kept = this.keys.get(name) ?? pair
          this.keys.set(name, kept)
          return kept
        },
      },
    }
  }
}

/** A tab: what it shows, what it keeps, and where it goes. */
export class Tab {
  readonly browser: PageBrowser
  /** What its pages have sent, oldest first. */
  readonly sent: Request[] = []
  /** Where its page has left for, if it has. */
  left: string | undefined
  framed = false
  readonly stored = new Map<string, string>()
  #address: string
  #client: BrowserClient | undefined
  #life = new AbortController()

  constructor(browser: PageBrowser, address: string) {
    this.browser = browser
    this.#address = address
  }

  /** Loads the page: its memory is new, and it starts. */
  async load(options: BrowserClientOptions, address = this.#address): Promise<AuthState> {
    this.unload()
    this.#address = address
    this.left = undefined
    this.#life = new AbortController()
    const surroundings = this.browser.surroundingsOf(this, this.#life.signal)
    this.#client = createBrowserClient(options, surroundings)
    return this.#client.start()
  }

  /** The page goes away, with all that it held. */
  unload(): void {
    this.#life.abort()
    this.#client = undefined
  }

  get client(): BrowserClient {
    if (this.#client === undefined) throw new Error('Nothing is loaded in this tab.')
    return this.#client
  }

  get address(): string {
    return this.#address
  }

  current = () => this.#address
  leave = (url: string) => {
    this.left = url
  }
  replace = (path: string) => {
    const next = new URL(path, this.#address)
    if (next.origin !== new URL(this.#address).origin) throw new Error('Not of this origin.')
    this.#address = next.href
  }

  getItem = (key: string) => this.stored.get(key) ?? null
  setItem = (key: string, value: string) => void this.stored.set(key, value)
  removeItem = (key: string) => void this.stored.delete(key)
}

interface Asked {
  readonly name: string
  readonly mode: 'exclusive' | 'shared'
  /** Ends with the tab. */
  readonly life: AbortSignal
}

/** Locks by name, handed out in the order they were asked for. */
class LockTable {
  readonly #held = new Set<Asked>()
  readonly #waiting: { readonly asked: Asked; readonly start: () => void }[] = []

  held(): readonly string[] {
    return [...this.#held].map(({ name }) => name)
  }

  async hold<T>(asked: Asked, run: () => Promise<T>): Promise<T> {
    await new Promise<void>((start) => {
      this.#waiting.push({ asked, start })
      this.#grant()
    })
    const letGo = () => {
      this.#held.delete(asked)
      this.#grant()
    }
    asked.life.addEventListener('abort', letGo)
    return run().finally(letGo)
  }

  #grant(): void {
    for (const waiting of [...this.#waiting]) {
      const { asked, start } = waiting
      const others = [...this.#held].filter(({ name }) => name === asked.name)
      const isFree = others.every(({ mode }) => mode === 'shared' && asked.mode === 'shared')
      if (!isFree && !asked.life.aborted) continue
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      if (asked.life.aborted) continue
      this.#held.add(asked)
      start()
    }
  }
}

/** Lets what is under way in promises go as far as it can. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
}
