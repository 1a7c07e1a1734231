/** A client of the SDK's second line, for either era. */

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { about, answers, capabilities } from './answers.mjs'
import { noticing } from './standing-stream.mjs'

export async function connectV2({ url, revision }, { onTransport, fetch, ...options }) {
  const isModern = revision === '2026-07-28'
  const versionNegotiation = { mode: isModern ? 'auto' : 'legacy' }
  const client = new Client(about, { capabilities, versionNegotiation })
  for (const [method, answer] of Object.entries(answers)) client.setRequestHandler(method, answer)
  const standing = noticing(fetch)
  const given = { ...options, fetch: standing.fetch }
  const transport = new StreamableHTTPClientTransport(new URL(url), given)
  onTransport?.({ finishAuth: (parameters) => transport.finishAuth(parameters) })
  await client.connect(transport)
  if (!isModern) await standing.opened
  return { client }
}
