/**
 * Resource servers: guards of the product, each with its own copy of the key set, and a stream of
 * tokens that they are shown when they are new and again until they expire.
 */

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { clockOf, now, platformOf } from '../clock.mjs'
import { credentials } from './actions.mjs'

/** How far a guard lets clocks be apart, in milliseconds, with some room. */
const TOLERANCE = 35_000

/** @param args `{ build, issuer, resource, item, guards, clock, rate, seconds, strangers }` */
export async function guarding({ http, random, log, stopped }, args) {
  const { build, clock, rate, seconds, guards: count, item, strangers = 0 } = args
  const { createGuard } = await import(pathToFileURL(join(build, 'dist/guard/index.js')).href)
  const time = clockOf(clock)
  const fetches = []
  const guards = Array.from({ length: count }, (_, guard) =>
    createGuard({
      ...{ issuer: args.issuer, resource: args.resource, platform: platformOf(clock) },
      fetch: (...request) => {
        fetches.push({ guard, at: now() })
        return fetch(...request)
      },
    }),
  )

  const verify = async (token, guard, about) => {
    const start = now()
    const answer = await guards[guard].check(
      new Request(args.resource, { headers: { authorization: `Bearer ${token.text}` } }),
    )
    const outcome = answer instanceof Response ? String(answer.status) : 'ok'
    const { key, kid } = token
    log.add({ op: 'verify', key, kid, guard, start, end: now(), outcome, ...about })
    return outcome
  }

  const held = []
  const kids = new Set()
  const mint = async () => {
    const { outcome, secret, jti } = await credentials(http, item, {})
    if (outcome !== 'ok') return
    const [head, body] = secret.accessToken
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url')))
    kids.add(head.kid)
    const token = { text: secret.accessToken, kid: head.kid, key: jti, expires: body.exp * 1000 }
    held.push(token)
    await Promise.all(guards.map((_, guard) => verify(token, guard)))
  }
  const again = async () => {
    const token = random.pick(held)
    if (token === undefined) return
    const left = token.expires - time()
    const guard = random.between(0, count - 1)
    if (left > TOLERANCE) await verify(token, guard)
    if (left < -TOLERANCE) {
      held.splice(held.indexOf(token), 1)
      await verify(token, guard, { expected: '401' })
    }
  }
  const stranger = async () => {
    const [, body, signature] = held[0].text.split('.')
    const kid = String(random.next())
    const head = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid })).toString(
      'base64url',
    )
    const guard = random.between(0, count - 1)
    await guards[guard].check(
      new Request(args.resource, {
        headers: { authorization: `Bearer ${head}.${body}.${signature}` },
      }),
    )
  }

  const started = performance.now()
  const flying = new Set()
  for (let sent = 0; !stopped() && sent < rate * seconds; sent++) {
    const early = started + (sent * 1000) / rate - performance.now()
    if (early > 2) await sleep(early)
    const work = [
      mint(),
      again(),
      ...(held.length > 0 ? Array.from({ length: strangers }, stranger) : []),
    ]
    const promise = Promise.all(work).finally(() => flying.delete(promise))
    flying.add(promise)
  }
  await Promise.all(flying)
  return { kids: [...kids], fetches, seconds: (performance.now() - started) / 1000 }
}
