/** A program that knows only stdio, with `warder connect` at the other end of its pipe. */

import { Readable } from 'node:stream'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { WARDER } from './installation.ts'
import { Lines } from './lines.ts'
import { endLater } from './reaper.ts'

/** What the user is to open. */
export const AUTHORIZATION_URL = /^https?:\/\/\S+\/authorize\?/

/** The environment of a user whose sign-ins are kept below a directory, without a desktop. */
export const userOf = (home: string): Record<string, string> => ({
  ...{ HOME: home, XDG_STATE_HOME: `${home}/state`, PATH: process.env.PATH ?? '' },
  ...{ DISPLAY: '', WAYLAND_DISPLAY: '', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' },
})

/** What a window is opened with. */
export interface WindowOptions {
  readonly home: string
  readonly url: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The era that the client speaks; the earlier one unless told. */
  readonly mode?: 'legacy' | 'auto' | { readonly pin: string }
}

/** One window of a user's. */
export class Window {
  readonly lines = new Lines()
  readonly client: Client
  readonly #transport: StdioClientTransport

  constructor({ home, url, args = [], env = {}, mode }: WindowOptions) {
    const versionNegotiation = mode === undefined ? {} : { versionNegotiation: { mode } }
    this.client = new Client({ name: 'e2e', version: '1' }, versionNegotiation)
    this.#transport = new StdioClientTransport({
      command: process.execPath,
      args: [WARDER, 'connect', url, ...args],
      env: { ...userOf(home), ...env },
      stderr: 'pipe',
    })
    const { stderr } = this.#transport
    if (stderr instanceof Readable) this.lines.read(stderr)
    endLater(() => this.close())
  }

  get pid(): number | null {
    return this.#transport.pid
  }

  get signIns(): number {
    return this.lines.all.filter((line) => AUTHORIZATION_URL.test(line)).length
  }

  /** Does something during which the user is sent to sign in, and has `visit` come back. */
  async signingIn<T>(work: Promise<T>, visit: (url: string) => Promise<URL>): Promise<T> {
    const nth = this.signIns + 1
    const signIn = async () => {
      const back = await visit(await this.lines.line(AUTHORIZATION_URL, nth))
      const page = await fetch(back)
      if (!(await page.text()).includes('Signed in')) throw new Error('The page says otherwise.')
    }
    const [done] = await Promise.all([work, signIn()])
    return done
  }

  connect() {
    return this.client.connect(this.#transport)
  }
  async tools() {
    return (await this.client.listTools()).tools.map(({ name }) => name)
  }
  async call(name: string, args: Record<string, unknown> = {}) {
    const { content } = await this.client.callTool({ name, arguments: args })
    return content[0]?.type === 'text' ? content[0].text : ''
  }
  close() {
    return this.client.close()
  }
}
