/**
 * How the protocol library is used: our clock, our transport, and no errors that hold tokens.
 *
 * @module
 */

import * as oauth from 'oauth4webapi'
import { type Platform, systemPlatform } from '../platform.ts'
import { ClientError } from './errors.ts'
import type { Party } from './party.ts'
import { isLocalServer, type TrustedServer } from './server.ts'
import type { TraceChannel } from './trace.ts'
import { type Answer, malformed, type Transport } from './transport.ts'

/** A client as the library knows it. The library goes by the machine's clock, so it is told how ours differs. */
export const libraryClient = ({
  clientId,
  platform,
}: Pick<Party, 'clientId' | 'platform'>): oauth.Client => ({
  client_id: clientId,
  [oauth.clockSkew]: skewOf(platform),
})

const skewOf = (platform: Platform): number =>
  Math.round((platform.now() - systemPlatform.now()) / 1000)

/** Plain http is for servers on this machine. */
export const plainHttp = (server: TrustedServer) => ({
  [oauth.allowInsecureRequests]: isLocalServer(server),
})

type Body = URLSearchParams | string | undefined

/** The transport as the library wants its `fetch`: the answers have arrived whole. */
export const libraryFetch =
  (transport: Transport, channel: TraceChannel) =>
  async <Method extends string, Sent>(
    url: string,
    { method, headers, body }: oauth.CustomFetchOptions<Method, Sent & Body>,
  ): Promise<Response> =>
    responseOf(
      await transport.send(channel, url, {
        ...{ method, headers },
        ...(body === undefined ? {} : { body }),
      }),
    )

/** An answer that can be read once more. */
function responseOf({ status, headers, text }: Answer): Response {
  const kept = new Headers(headers)
  // The body has been decoded.
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) kept.delete(name)
  return new Response(isEmpty(status) ? null : text, { status, headers: kept })
}

/** Whether answers with this status have no body. */
export const isEmpty = (status: number): boolean => [204, 205, 304].includes(status)

/** What the library throws, as an error of ours. Its causes hold tokens, so only its message is kept. */
export function fromLibrary(cause: unknown, url: string): ClientError {
  if (cause instanceof ClientError) return cause
  return malformed(url, cause instanceof Error ? cause.message : String(cause))
}
