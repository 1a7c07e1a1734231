/**
 * Requests as clients of the product make them: kept-alive connections, a deadline of five seconds,
 * and a record of each of what was asked, when, and what came back.
 */

import { createHash } from 'node:crypto'
import { Pool } from 'undici'
import { now } from '../clock.mjs'

const DEADLINE_MS = 5_000

export const digest = (text) => createHash('sha256').update(text).digest('base64url').slice(0, 16)

/** The generation that a refresh token says it is of; part of its form, and no secret. */
export const generationOf = (token) => Number(/\.(\d+)\./.exec(token)?.[1])

const claimsOf = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString())

/** Outcomes after which a client may ask again: nobody has said no. */
const RETRIABLE = new Set([
  'network',
  'timeout',
  'temporarily_unavailable',
  'unavailable',
  'server_error',
])
export const mayRetry = ({ outcome, status }) =>
  RETRIABLE.has(outcome) || status === 429 || status >= 500

export class Http {
  #pools
  #host
  #log
  #random
  #deadline

  constructor({ ports, host, log, random, connections = 64, deadline = DEADLINE_MS }) {
    this.#pools = ports.map(
      (port) => new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 }),
    )
    Object.assign(this, { ports })
    this.#host = host
    this.#log = log
    this.#random = random
    this.#deadline = deadline
  }

  /** Another server than the last one, by chance. */
  other(server) {
    if (this.#pools.length === 1) return 0
    const next = this.#random.between(0, this.#pools.length - 2)
    return next >= server ? next + 1 : next
  }

  anyServer = () => this.#random.between(0, this.#pools.length - 1)

  /**
   * Sends one request and records it.
   *
   * @param request `{ op, key, actor, form, path, method, headers, server, sent }`
   * @returns the record, with what must not be logged in `secret`
   */
  async send({ path = '/token', method = 'POST', form, headers, ...about }) {
    const { server = this.anyServer(), ...record } = about
    Object.assign(record, { server, start: now() })
    const secret = {}
    try {
      const {
        statusCode,
        headers: answered,
        body,
      } = await this.#pools[server].request({
        ...{ path, method },
        headers: {
          host: this.#host,
          ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
          ...headers,
        },
        ...(form && { body: new URLSearchParams(form).toString() }),
        signal: AbortSignal.timeout(this.#deadline),
      })
      const text = await body.text()
      Object.assign(record, { end: now(), status: statusCode })
      this.#readAnswer(record, { answered, text, secret })
    } catch (error) {
      const late = error.name === 'TimeoutError' || error.name === 'AbortError'
      Object.assign(record, {
        end: now(),
        outcome: late ? 'timeout' : 'network',
        why: error.code ?? error.name,
      })
    }
    this.#log.add(record)
    return { ...record, secret }
  }

  #readAnswer(record, { answered, text, secret }) {
    const { status } = record
    secret.text = text
    secret.cookies = [answered['set-cookie'] ?? []].flat()
    secret.location = answered.location
    // A page that shows the form again, because the password was wrong, is no session.
    if (record.op === 'sign-in' && status === 200) {
      record.outcome = 'refused'
      return
    }
    if (answered['retry-after'] !== undefined) record.retryAfter = Number(answered['retry-after'])
    if (status < 400) {
      record.outcome = 'ok'
      if (!String(answered['content-type']).includes('json')) return
      const json = JSON.parse(text)
      secret.json = json
      if (json.access_token !== undefined) {
        const { sub, client_id, sid, iat, jti } = claimsOf(json.access_token)
        Object.assign(record, { subject: sub, client: client_id, family: sid, issuedAt: iat, jti })
        secret.accessToken = json.access_token
      }
      if (json.refresh_token !== undefined) {
        record.generation = generationOf(json.refresh_token)
        record.token = digest(json.refresh_token)
        secret.refreshToken = json.refresh_token
      }
      return
    }
    record.outcome = status >= 500 ? 'server_error' : 'untyped'
    try {
      const { error } = JSON.parse(text)
      if (typeof error === 'string') record.outcome = error
    } catch {
      // Not JSON: it stays untyped.
    }
  }

  async close() {
    await Promise.all(this.#pools.map((pool) => pool.destroy()))
  }
}
