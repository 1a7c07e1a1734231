/**
 * What a guard adds to a request: each framework without one, with Warder's, and with those that its
 * users install, 500 different tokens in turn.
 */

import { measure, median } from '../measure.mjs'
import { startScript } from '../process.mjs'

const bare = { name: 'bare', title: 'no guard' }
const limit = { name: 'limit', title: 'the limit' }
const warder = [
  { name: 'warder', title: 'Warder' },
  { name: 'warder-cached', title: 'Warder, seen before' },
]
const fastJwt = { name: 'fast-jwt', title: 'fast-jwt' }
const fastJwtCached = { name: 'fast-jwt-cached', title: 'fast-jwt, seen before' }

const frameworks = {
  node: [bare, limit, ...warder, fastJwt, fastJwtCached],
  fastify: [
    ...[bare, limit, ...warder],
    { name: 'fastify-jwt', title: '@fastify/jwt' },
    { name: 'fastify-jwt-cached', title: '@fastify/jwt, seen before' },
    fastJwtCached,
  ],
  hono: [
    ...[bare, limit, ...warder],
    { name: 'hono-jwt', title: 'hono/jwt' },
    { name: 'hono-jwk', title: 'hono/jwk' },
    fastJwtCached,
  ],
  express: [
    ...[bare, limit, ...warder],
    { name: 'express-oauth2-jwt-bearer', title: 'express-oauth2-jwt-bearer' },
  ],
}

const algorithms = ['RS256', 'ES256']

export const guard = {
  name: 'guard',
  title: 'What a guard adds to a request',
  connections: 32,
  kind: 'guards',
  async run(plan) {
    const results = []
    for (const framework of Object.keys(frameworks)) {
      for (const alg of algorithms) {
        const measured = await measureGuards(framework, alg, plan)
        results.push(...measured.map((each) => ({ case: `${framework}, ${alg}`, ...each })))
      }
    }
    return results
  },
}

async function measureGuards(framework, alg, plan) {
  const subjects = []
  try {
    for (const contestant of frameworks[framework]) {
      const given = JSON.stringify({ alg, guard: contestant.name })
      const { pid, target, stop } = await startScript(`guards/${framework}`, given)
      subjects.push({ ...contestant, server: { pids: [pid], target, stop } })
      await tryOut(contestant, target)
    }
    return againstBare(await measure(subjects, { ...plan, atOneRate: true }))
  } finally {
    for (const { server } of subjects) await server.stop()
  }
}

/** Whoever lets everything in is fast. */
async function tryOut({ name }, { host, port, path, authorizations, refused }) {
  const ask = async (authorization) => {
    const response = await fetch(`http://${host}:${port}${path}`, { headers: { authorization } })
    await response.arrayBuffer()
    return response.status
  }
  const answers = [await ask(authorizations[0]), await ask(refused)]
  const expected = [200, name === 'bare' ? 200 : 401]
  if (answers.join() !== expected.join()) throw new Error(`${name} answers ${answers}.`)
}

/** Adds what each costs beyond a server without a guard in the same round, and what part that is of the limit. */
function againstBare(results) {
  const [{ cpuRounds: without }] = results
  const compared = results.map((each) => ({
    ...each,
    addedMicros: median(each.cpuRounds.map((cpu, i) => cpu - without[i])),
  }))
  const added = compared.find(({ contestant }) => contestant === 'limit').addedMicros
  return compared.map((each) => ({
    ...each,
    ratioToLimit: each.contestant === 'bare' ? null : added / each.addedMicros,
  }))
}
