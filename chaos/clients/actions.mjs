/** What a client can do, in the words of the token endpoint. */

import { setTimeout as sleep } from 'node:timers/promises'
import { generationOf, mayRetry } from './http.mjs'

/** @param code `{ code, verifier, redirectUri, clientId, subject }` */
export const redeem = (http, { key, code, verifier, redirectUri, clientId, subject }, options) =>
  http.send({
    ...{ op: 'redeem', key, owner: subject, ...options },
    form: {
      ...{ grant_type: 'authorization_code', code, code_verifier: verifier },
      ...{ redirect_uri: redirectUri, client_id: clientId },
    },
  })

/** @param family `{ id, refreshToken, clientId, subject }` */
export const refresh = (http, { id, refreshToken, clientId, subject }, options) =>
  http.send({
    ...{ op: 'refresh', key: id, owner: subject, sent: generationOf(refreshToken), ...options },
    form: { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId },
  })

export const revoke = (http, { id, refreshToken, clientId }, options) =>
  http.send({
    ...{ op: 'revoke', key: id, path: '/revoke', ...options },
    form: { token: refreshToken, client_id: clientId },
  })

/** Whether a resource of the gateway lets a token in: 401 is no, all else is yes. */
export const call = (http, { key, accessToken, mount }, options) =>
  http.send({
    ...{ op: 'call', key, method: 'GET', path: `/mcp/${mount}`, ...options },
    headers: { authorization: `Bearer ${accessToken}`, accept: 'text/event-stream' },
  })

export const credentials = (http, { clientId, clientSecret, resource }, options) =>
  http.send({
    ...{ op: 'credentials', key: clientId, ...options },
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
    },
    form: { grant_type: 'client_credentials', resource },
  })

/** The key set, which guards need and which needs no store. */
export const keys = (http, _item, options) =>
  http.send({ op: 'keys', key: 'jwks', method: 'GET', path: '/.well-known/jwks.json', ...options })

/** A device that asks whether its user has answered. */
export const poll = (http, { key, deviceCode, subject }, options) =>
  http.send({
    ...{ op: 'poll', key, owner: subject, ...options },
    form: {
      ...{ device_code: deviceCode, client_id: 'device' },
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    },
  })

/** Its user, at the page that asks. */
export const answerDevice = (http, { key, path, csrf, cookie, origin }, { action, server }) =>
  http.send({
    ...{ op: 'answer', key, path, server },
    form: { csrf, action },
    headers: { cookie, origin, 'sec-fetch-site': 'same-origin' },
  })

/** A client that proves itself with a signed assertion, the same one each time. */
export const assert = (http, { key, assertion, resource }, options) =>
  http.send({
    ...{ op: 'assert', key, ...options },
    form: {
      ...{ grant_type: 'client_credentials', resource, client_assertion: assertion },
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    },
  })

/** Asks until somebody has said yes or no, each time another server. */
export async function insist(http, action, { random, patience = 45_000 }) {
  const until = performance.now() + patience
  let server = http.anyServer()
  for (let attempt = 0; ; attempt++) {
    const answer = await action({ server, attempt })
    if (!mayRetry(answer)) return answer
    if (performance.now() > until) return { ...answer, stuck: true }
    await sleep(random.between(10, Math.min(500, 40 * 2 ** attempt)))
    server = http.other(server)
  }
}

/** Refreshes a family, and keeps what came. @returns the last answer */
export async function refreshSafely(http, family, options) {
  const answer = await insist(http, (about) => refresh(http, family, about), options)
  if (answer.outcome === 'ok') {
    family.refreshToken = answer.secret.refreshToken
    family.accessToken = answer.secret.accessToken
  }
  return answer
}
