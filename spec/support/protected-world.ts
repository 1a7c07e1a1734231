/** A protected MCP server, its authorization server, and windows of one user that connect to it. */

import { type ClientOptions, memoryGrantStore } from 'warder/client'
import { withBrowser } from 'warder/client/mcp'
import { type ConnectOptions, oneSignIn } from 'warder/connect'
import { callback, clientWorld, MCP, PRM } from './client-world.ts'
import { FarServer } from './far-server.ts'
import { LocalClient, settled } from './local-client.ts'

const CHALLENGE = `Bearer resource_metadata="${PRM}"`

/** Starts the world: who signs in gets tokens, and the server takes those that are good. */
export function protectedWorld() {
  const world = clientWorld()
  const far = new FarServer()
  const store = memoryGrantStore()
  const good = new Set<string>()
  const state = {
    signIns: 0,
    challenge: `${CHALLENGE}, scope="files:read"`,
    isPatient: false,
    isGiving: true,
  }
  /** Sign-ins that wait for their user. */
  const waiting: (() => void)[] = []
  let number = 0
  world.on('https://as.test/token', () => {
    if (!state.isGiving) return Response.json({ error: 'invalid_grant' }, { status: 400 })
    number += 1
    good.add(`access-${number}`)
    return Response.json({
      ...{ access_token: `access-${number}`, refresh_token: `refresh-${number}` },
      ...{ token_type: 'Bearer', expires_in: 3600 },
    })
  })
  world.on(MCP, (sent) => {
    const token = /^Bearer (.*)$/.exec(sent.headers.get('authorization') ?? '')?.[1]
    if (token === undefined || !good.has(token)) {
      const error = token === undefined ? '' : ', error="invalid_token"'
      const headers = { 'www-authenticate': `${state.challenge}${error}` }
      return new Response(null, { status: 401, headers })
    }
    const { method, headers, url, body } = sent
    return far.fetch(url, { method, headers, ...(body === '' ? {} : { body }) })
  })

  /** A client of the user's, in a process of its own as far as it knows. */
  function clientOf(options: Partial<ClientOptions> = {}) {
    const agent = {
      visit: async () => ({
        redirectUri: 'http://127.0.0.1:8765/cb',
        async send<Result>(
          { url }: { readonly url: string },
          finish: (callbackUrl: string) => Promise<Result>,
        ) {
          state.signIns += 1
          if (state.isPatient) await new Promise<void>((resolve) => void waiting.push(resolve))
          const asked = new URL(url).searchParams
          const redirectUri = asked.get('redirect_uri') ?? ''
          return finish(callback({ state: asked.get('state') ?? '', redirectUri }))
        },
        close: async () => {},
      }),
    }
    const waits = { store, platform: world.platform, timers: world.timers, onWait() {} }
    const onSignInNeeded = oneSignIn(withBrowser(agent), waits)
    return world.client({ store, onSignInNeeded, ...options })
  }

  /** A window with such a client. */
  function window(options: Partial<ConnectOptions> = {}): LocalClient {
    const client = clientOf()
    return new LocalClient(world.fetch, {
      ...{ url: MCP, tokens: { client: async () => client } },
      ...options,
    })
  }

  return {
    ...{ world, far, store, good, state, clientOf, window },
    /** The user who is asked first has decided. */
    async userDecides() {
      waiting.shift()?.()
      await settled()
    },
  }
}
