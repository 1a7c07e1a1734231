/** A program that is asked, by a server of somebody's, to open an address. */

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

/** What the reference server at `mount` has a client open when it is to have `url` opened. */
export async function elicited(
  mount: string,
  accessToken: unknown,
  asked: { readonly url: string; readonly message: string },
): Promise<string> {
  const client = new Client(
    { name: 'e2e', version: '1' },
    { capabilities: { elicitation: { url: {} } } },
  )
  const opened: string[] = []
  client.setRequestHandler('elicitation/create', ({ params }) => {
    if (params.mode === 'url') opened.push(params.url)
    return { action: 'accept' }
  })
  const headers = { authorization: `Bearer ${accessToken}` }
  await client.connect(
    new StreamableHTTPClientTransport(new URL(mount), { requestInit: { headers } }),
  )
  await client.callTool({ name: 'trigger-url-elicitation', arguments: asked })
  await client.close()
  const [link] = opened
  if (link === undefined) throw new Error('The client was asked for nothing.')
  return link
}
