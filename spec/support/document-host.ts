/** The host of a client metadata document, and an application that is described there. */

import type { OutwardRequest } from '../../src/protocol/outward-fetch.ts'
import { OutwardFetchError } from '../../src/protocol/outward-fetch-error.ts'
import { authorizationParameters, ISSUER, type Rig } from './authorization-server.ts'

export const APP = 'https://app.test/client.json'
export const APP_REDIRECT = 'https://app.test/cb'

/** The document of an application on a host of its own. */
export const documentOf = (client_id: string, changes: object = {}) => ({
  client_id,
  client_name: 'App',
  redirect_uris: [`${new URL(client_id).origin}/cb`],
  grant_types: ['authorization_code', 'refresh_token'],
  ...changes,
})

/** An answer of the host: a good document unless told. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A host whose answer a test sets and whose requests it sees. */
export class DocumentHost {
  readonly requests: { readonly url: string; readonly headers: Headers }[] = []
  answer: Answer | 'away' = {}
  /** While set, nobody is answered before it resolves. */
  delay: Promise<unknown> | undefined

  readonly fetch = async (url: string, request: OutwardRequest = {}) => {
    this.requests.push({ url, headers: new Headers({ ...request.headers }) })
    await this.delay
    if (this.answer === 'away') {
      throw new OutwardFetchError('unreachable', { detail: `${url}: connect ECONNREFUSED` })
    }
    const { status = 200, headers = {}, body = JSON.stringify(documentOf(url)) } = this.answer
    return {
      status,
      headers: new Headers({ 'content-type': 'application/json', ...headers }),
      body,
    }
  }
}

/** One authorization request of the application, not followed: a redirect if its client is good. */
export async function ask(rig: Rig, client_id = APP, address = '192.0.2.10'): Promise<Response> {
  const redirect_uri = URL.canParse(client_id) ? `${new URL(client_id).origin}/cb` : APP_REDIRECT
  const query = new URLSearchParams(await authorizationParameters({ client_id, redirect_uri }))
  return rig.server.fetch(new Request(`${ISSUER}/authorize?${query}`), { remoteAddress: address })
}
