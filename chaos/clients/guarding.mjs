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

const times = (count, make) => Array.from({ length: count }, (_, i) => make(i))
const decoded = (part) => JSON.parse(Buffer.from(part, 'base64url').toString())
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** @param args `{ build, issuer, resource, item, guards, clock, rate, seconds, strangers }` */
export async function guarding({ stopped, ...context }, args) {
  const { rate, seconds, strangers = 0 } = args
  const guards = await Guards.make(context, args)
  await guards.warm()
  const started = performance.now()
  const flying = new Set()
  for (let sent = 0; !stopped() && sent < rate * seconds; sent++) {
    const early = started + (sent * 1000) / rate - performance.now()
    if (early > 2) await sleep(early)
    const crowd = times(strangers, () => guards.meetStranger())
    const work = Promise.all([guards.meet(), guards.meetAgain(), ...crowd])
    const promise = work.finally(() => flying.delete(promise))
    flying.add(promise)
  }
  await Promise.all(flying)
  return { ...guards.found(), seconds: (performance.now() - started) / 1000 }
}

class Guards {
  #context
  #args
  #guards
  #held = []
  #kids = new Set()
  #fetches = []
  #took = []
  #told = {}

  static async make(context, args) {
    const module = await import(pathToFileURL(join(args.build, 'dist/guard/index.js')).href)
    return new Guards(context, args, module.createGuard)
  }

  constructor(context, args, createGuard) {
    this.#context = context
    this.#args = args
    const { issuer, resource, clock } = args
    this.#guards = times(args.guards, (guard) =>
      createGuard({
        ...{ issuer, resource, platform: platformOf(clock) },
        keys: { jwksUri: `${issuer}/.well-known/jwks.json` },
        fetch: (...request) => {
          this.#fetches.push({ guard, at: now() })
          return fetch(...request)
        },
      }),
    )
  }

  /** Lets every guard get its first key set. */
  async warm() {
    const token = await this.#mint()
    const answers = () => Promise.all(this.#guards.map((_, i) => this.#check(i, token.text)))
    while ((await answers()).some((answer) => answer !== 'ok')) await sleep(200)
  }

  /** A new token is shown to every guard. */
  async meet() {
    const token = await this.#mint()
    if (token === undefined) return
    await Promise.all(this.#guards.map((_, guard) => this.#verify(token, guard)))
  }

  /** One of before is shown again; once it has expired, for the last time. */
  async meetAgain() {
    const { random } = this.#context
    const token = random.pick(this.#held)
    const left = token.expires - clockOf(this.#args.clock)()
    const guard = random.between(0, this.#guards.length - 1)
    if (left > TOLERANCE) await this.#verify(token, guard)
    if (left < -TOLERANCE && this.#held.length > 1) {
      this.#held.splice(this.#held.indexOf(token), 1)
      await this.#verify(token, guard, { expected: '401' })
    }
  }

  /** A token of nobody, with a key id that nobody has. */
  async meetStranger() {
    const { random } = this.#context
    const [, body, signature] = this.#held[0].text.split('.')
    const header = encoded({ alg: 'ES256', typ: 'at+jwt', kid: String(random.next()) })
    const guard = random.between(0, this.#guards.length - 1)
    const outcome = await this.#check(guard, `${header}.${body}.${signature}`)
    this.#told[outcome] = (this.#told[outcome] ?? 0) + 1
  }

  found() {
    const sorted = this.#took.sort((a, b) => a - b)
    return {
      ...{ kids: [...this.#kids], fetches: this.#fetches, strangers: this.#told },
      p99: Number((sorted[Math.floor(sorted.length * 0.99)] ?? 0).toFixed(2)),
    }
  }

  async #mint() {
    const { http } = this.#context
    const { outcome, secret, jti } = await credentials(http, this.#args.item, {})
    if (outcome !== 'ok') return undefined
    const [{ kid }, { exp }] = secret.accessToken.split('.').slice(0, 2).map(decoded)
    this.#kids.add(kid)
    const token = { text: secret.accessToken, kid, key: jti, expires: exp * 1000 }
    this.#held.push(token)
    return token
  }

  async #verify({ text, key, kid }, guard, about) {
    const start = now()
    const outcome = await this.#check(guard, text)
    const end = now()
    this.#took.push(end - start)
    this.#context.log.add({ op: 'verify', key, kid, guard, start, end, outcome, ...about })
  }

  async #check(guard, token) {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await this.#guards[guard].check(new Request(this.#args.resource, { headers }))
    return answer instanceof Response ? String(answer.status) : 'ok'
  }
}
