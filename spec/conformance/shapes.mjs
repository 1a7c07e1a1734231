/** The shapes in which Warder gives tokens to the SDK: both of its lines, each in two ways. */

import { mcpAuthProvider, mcpOAuthClientProvider, withBrowser } from 'warder/client/mcp'
import { connectV1 } from './sdk-v1.mjs'
import { connectV2 } from './sdk-v2.mjs'

/** Where the suite's authorization servers send a browser, without asking anybody. */
async function follow(url) {
  const { headers } = await fetch(url, { redirect: 'manual' })
  return headers.get('location')
}

const redirectUri = 'http://127.0.0.1:4711/callback'
const browser = {
  visit: async () => ({
    redirectUri,
    send: async ({ url }, finish) => finish(await follow(url)),
    close: async () => {},
  }),
}

/** The SDK is given nothing but a `fetch`. */
async function withFetch(connect, who, suite) {
  const { fetch } = mcpAuthProvider({ ...who, signIn: withBrowser(browser) })
  const { client } = await connect(suite, { fetch })
  return { client, attempt: (use) => use() }
}

/** As often as the SDK may send a person away for one thing that it does. */
const MOST_DEPARTURES = 3

/** The SDK leads; it gives up when it has sent the person away, and is asked again when they are back. */
async function withProvider(connect, who, suite) {
  const departed = []
  const redirect = ({ url }) => departed.push(url)
  const person = who.flow === undefined ? { redirectUri, redirect } : {}
  const authProvider = mcpOAuthClientProvider({ ...who, ...person })
  let connected
  const attempt = async (use) => {
    for (let departures = 0; ; departures++) {
      try {
        return await use()
      } catch (error) {
        const url = departed.pop()
        if (url === undefined || departures === MOST_DEPARTURES) throw error
        await connected.finishAuth(await authProvider.authorizationResponse(await follow(url)))
      }
    }
  }
  const onTransport = (transport) => {
    connected = transport
  }
  const { client } = await attempt(() => connect(suite, { authProvider, onTransport }))
  return { client, attempt }
}

export const shapes = {
  'v2-fetch': (who, suite) => withFetch(connectV2, who, suite),
  'v2-provider': (who, suite) => withProvider(connectV2, who, suite),
  'v1-fetch': (who, suite) => withFetch(connectV1, who, suite),
  'v1-provider': (who, suite) => withProvider(connectV1, who, suite),
}
