/**
 * A server that says no by its status, and what becomes of it for the client.
 *
 * Codes are HTTP statuses: MCP keeps those below -32000 to itself.
 *
 * @module
 */

import { ClientError } from '../client/errors.ts'
import { isResponse, type RequestId, RpcError, rpcCodes } from '../protocol/json-rpc.ts'
import { type HttpAnswer, mediaTypeOf, readText } from './http.ts'
import { type Carried, readServerText } from './message.ts'

/** An answer with a status that is none of success. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  /** The JSON-RPC error that came with it, if one did. */
  readonly carried: Carried | undefined

  constructor(status: number, carried: Carried | undefined) {
    super(`status ${status}`)
    this.status = status
    this.carried = carried
  }
}

/** Longer than any refusal; the rest of a page that says no is of no use to anybody. */
const MOST_BYTES = 65_536

/** @throws {Refused} unless the status is one of success. */
export async function checkStatus(answer: HttpAnswer): Promise<HttpAnswer> {
  if (answer.status >= 200 && answer.status < 300) return answer
  if (mediaTypeOf(answer) !== 'application/json') {
    answer.close()
    throw new Refused(answer.status, undefined)
  }
  throw new Refused(answer.status, findError(await readText(answer, MOST_BYTES).catch(() => '')))
}

function findError(text: string | undefined): Carried | undefined {
  try {
    const carried = text === undefined ? undefined : readServerText(text)[0]
    return carried !== undefined && 'error' in carried.message ? carried : undefined
  } catch (error) {
    if (error instanceof RpcError) return undefined
    throw error
  }
}

/** Whether a refusal says that the session is not known any more. Some servers say so by 400. */
export function isSessionLost({ status, carried }: Refused): boolean {
  if (status === 404) return true
  const message = carried?.message
  const said = message !== undefined && 'error' in message ? message.error.message : ''
  return status === 400 && /\bsession\b/i.test(said.slice(0, 1_000))
}

/** The answer that a client gets to a request that failed. */
export function failureOf(error: unknown, id: RequestId, host: string): Carried {
  if (error instanceof Refused && error.carried !== undefined) {
    const { message } = error.carried
    // Where the request could not be read the answer has no id, and belongs to it all the same.
    return asCarried(isResponse(message) ? { ...message, id } : message)
  }
  return asCarried(rpcErrorOf(error, host).toMessage(id))
}

const asCarried = (message: Carried['message']): Carried => ({
  text: JSON.stringify(message),
  message,
})

/** What went wrong, as the client is told. */
function rpcErrorOf(error: unknown, host: string): RpcError {
  if (error instanceof RpcError) return error
  if (error instanceof Refused) return new RpcError(error.status, adviceFor(error.status, host))
  if (error instanceof ClientError) {
    const { code } = error
    return new RpcError(statuses[code] ?? 500, error.message, { data: { error: code } })
  }
  return new RpcError(rpcCodes.internalError, 'It failed here. The log of this program says how.')
}

/** Of those that are no fault of the program itself. */
const statuses: Readonly<Partial<Record<string, number>>> = {
  sign_in_needed: 401,
  refused: 403,
  scope_needed: 403,
  unreachable: 502,
  answer_malformed: 502,
  metadata_refused: 502,
  try_later: 503,
  timed_out: 504,
}

function adviceFor(status: number, host: string): string {
  if (status === 401) {
    return `${host} does not take these credentials. Sign in again with warder login, or look at the headers that you added.`
  }
  if (status === 403) return `${host} does not allow this. Ask whoever runs it for access.`
  if (status === 404) return `${host} has no MCP server at this address. Look at its path.`
  if (status >= 300 && status < 400) return `${host} is elsewhere: use the address it redirects to.`
  if (status === 413) return `${host} takes no message as large as this. Send less at once.`
  if (status === 429) return `${host} has been asked too often. Wait before you try again.`
  if (status >= 500) return `${host} cannot answer now (HTTP ${status}). Try again later.`
  return `${host} refused the message (HTTP ${status}). Look at what was asked for; its log may say more.`
}
