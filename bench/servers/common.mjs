/** What all the servers here are asked for, so that they are asked for the same. */

import { createServer } from 'node:http'

export const CLIENT_ID = 'bench-client'
export const CLIENT_SECRET = 'a-secret-of-the-benchmark-0123456789abcdef'
export const RESOURCE = 'https://api.example.com/mcp'
export const SCOPE = 'notes:use'

/** Refresh tokens, and tokens to introspect, that are in use at the same time. */
export const TOKENS = 1_000

export const basic = (id, secret) =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`

/** What the harness said: which work, and where. */
export const [work, port] = [process.argv[2], Number(process.argv[3])]

/** Listens, then says what to ask: `{ path, bodies }`, or with `tokens` for refreshes. */
export function serve(listener, target) {
  createServer(listener).listen(port, '127.0.0.1', () => {
    const authorization = basic(CLIENT_ID, CLIENT_SECRET)
    process.stdout.write(`${JSON.stringify({ target: { authorization, ...target } })}\n`)
  })
}

export const form = (fields) => new URLSearchParams(fields).toString()

/** Bodies that ask about each of the tokens. */
export const introspections = (tokens) => tokens.map((token) => form({ token }))

/** What to ask a product for each work, once it has been given what the work uses. */
export const targetOf = ({ paths, addRefreshToken, addAccessToken }) =>
  ({
    token: async () => ({
      path: paths.token,
      bodies: [form({ grant_type: 'client_credentials', resource: RESOURCE, scope: SCOPE })],
    }),
    refresh: async () => ({
      path: paths.token,
      form: form({ grant_type: 'refresh_token' }),
      tokens: await times(TOKENS, addRefreshToken),
    }),
    introspection: async () => ({
      path: paths.introspection,
      bodies: introspections(await times(TOKENS, addAccessToken)),
    }),
  })[work]()

/** So many of something, one after the other. */
async function times(count, make) {
  const made = []
  for (let i = 0; i < count; i++) made.push(await make(i))
  return made
}
