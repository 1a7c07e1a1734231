/** What guards and keys were set out to reach. */

import { atMost, micros, times } from './verdict.mjs'

/** A function that finds who was measured in a case. */
const finder = (results) => (name, contestant) =>
  results.find((each) => each.case === name && each.contestant === contestant)

const casesOf = (results) => [...new Set(results.map((each) => each.case))]

/** How the case is named in which every token was seen before. */
const AGAIN = 'seen before'

/** How many times the processor time of the limit one takes. */
const cost = ({ ratioToLimit }) => 1 / ratioToLimit

/** One against another: below it, by however little. */
const below = (target, one, other) => ({
  target,
  reached: `${micros(one)} against ${micros(other)}`,
  holds: one < other,
})

/** Frameworks on which a request itself costs so little that the guard is what is seen. */
const FAST = ['node', 'fastify', 'hono']

export const guardTargets = {
  verify: (_, results) => {
    const find = finder(results)
    return casesOf(results).flatMap((name) =>
      [find(name, 'warder'), find(name, 'warder-missed'), find(name, 'warder-guard')]
        .filter((each) => each !== undefined)
        .map((each) =>
          name.endsWith(AGAIN)
            ? atMost(`${name}: ${each.title} within 4 µs`, each.cpuMicros, 4, micros)
            : atMost(`${name}: ${each.title} at most 1.15 × the limit`, cost(each), 1.15),
        ),
    )
  },
  guard: (_, results) => {
    const find = finder(results)
    const added = (name, contestant) => find(name, contestant).addedMicros
    return casesOf(results).flatMap((name) => {
      if (FAST.some((framework) => name.startsWith(framework))) {
        const remembered = added(name, 'warder-cached')
        return [
          atMost(`${name}: at most 10 µs for a token seen before`, remembered, 10, micros),
          below(`${name}: below fast-jwt’s for it`, remembered, added(name, 'fast-jwt-cached')),
        ]
      }
      if (!name.endsWith('RS256')) return []
      const part = added(name, 'warder') / added(name, 'express-oauth2-jwt-bearer')
      return [atMost(`${name}: half of express-oauth2-jwt-bearer’s`, part, 0.5)]
    })
  },
  apikeys: (_, results) => {
    const find = finder(results)
    const [few, many] = casesOf(results)
    const of = (contestant) => find(many, contestant).cpuMicros / find(few, contestant).cpuMicros
    return [
      ...casesOf(results).flatMap((name) =>
        ['warder', 'warder-cached', 'warder-guard']
          .map((contestant) => find(name, contestant))
          .map((each) => atMost(`${name}: ${each.title} at most 1.5 × the limit`, cost(each), 1.5)),
      ),
      atMost(`${many} take at most 1.3 × the time of ${few}`, of('warder'), 1.3),
      { target: 'To compare: the limit among them', reached: times(of('limit')), holds: undefined },
    ]
  },
  introspected: ({ warder, 'warder-guard': whole }) =>
    [warder, whole].map((each) => atMost(`${each.title} within 10 µs`, each.cpuMicros, 10, micros)),
}
