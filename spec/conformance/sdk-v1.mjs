/** A client of the SDK's first line. */

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { about, answers, capabilities } from './answers.mjs'
import { noticing } from './standing-stream.mjs'

const schemas = [CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema]

export async function connectV1({ url }, { onTransport, fetch, ...options }) {
  const client = new Client(about, { capabilities })
  for (const schema of schemas) {
    client.setRequestHandler(schema, answers[schema.shape.method.value])
  }
  const standing = noticing(fetch)
  const given = { ...options, fetch: standing.fetch }
  const transport = new StreamableHTTPClientTransport(new URL(url), given)
  onTransport?.({ finishAuth: (parameters) => transport.finishAuth(parameters.get('code')) })
  await client.connect(transport)
  await standing.opened
  return { client }
}
