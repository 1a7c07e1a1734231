/** What was set out to be reached, and whether it is. Each looks at the results of one work. */

import { guardTargets } from './guard-targets.mjs'
import { atLeast, atMost, cheaper, micros, perSecond, times } from './verdict.mjs'
import { hasCpusForTwo } from './works/processes.mjs'

const ours = ['warder-sqlite', 'warder-postgres']

/** Latency at part load, and memory, of each of ours in a work. */
const ofEach = (results) =>
  ours
    .flatMap((name) => results[name] ?? [])
    .flatMap((each) => [
      {
        target: `${each.title}: p99 below 3 × p50 at 70 % load`,
        reached: times(each.p99Micros / each.p50Micros),
        holds: each.p99Micros < 3 * each.p50Micros,
      },
      {
        target: `${each.title}: below 110 MB of memory`,
        reached: `${Math.round(each.peakMegabytes)} MB at its peak`,
        holds: each.peakMegabytes < 110,
      },
    ])

const targets = {
  ...guardTargets,
  connect: ({ warder, 'mcp-remote': remote }) => [
    atMost(
      `${warder.title}: adds at most a millisecond to a call at the median`,
      warder.addedMicros,
      1_000,
      micros,
    ),
    atMost(
      `${warder.title}: a call takes less than by ${remote.title}`,
      warder.p50Micros / remote.p50Micros,
      1,
    ),
    atMost(
      `${warder.title}: starts sooner than ${remote.title}`,
      warder.startMicros / remote.startMicros,
      1,
    ),
  ],
  token: (results) => {
    const { limit, 'oidc-provider': oidc, 'better-auth': better } = results
    const each = ours.flatMap((name) => results[name] ?? [])
    return [
      ...each.flatMap((one) => [
        atLeast(`${one.title}: 0.75 × the limit`, cheaper(one, limit), 0.75),
        atLeast(`${one.title}: 2 × oidc-provider`, cheaper(one, oidc), 2),
        atLeast(`${one.title}: 15 × better-auth`, cheaper(one, better), 15),
      ]),
      ...ofEach(results),
    ]
  },
  refresh: (results) => {
    const { 'warder-sqlite': sqlite, 'warder-postgres': postgres, pgbench } = results
    const part = pgbench && postgres.perSecond / pgbench.perSecond
    return [
      {
        target: `${sqlite.title}: 2,500 a second with 64 in flight, each flushed to the disk`,
        reached: perSecond(sqlite.perSecond),
        holds: sqlite.perSecond >= 2_500,
      },
      ...(part === undefined
        ? []
        : [atLeast(`${postgres.title}: 0.6 × pgbench with the update alone`, part, 0.6)]),
      ...ofEach(results),
    ]
  },
  introspection: (results) =>
    ours
      .flatMap((name) => results[name] ?? [])
      .map((one) =>
        atLeast(`${one.title}: 2 × oidc-provider`, cheaper(one, results['oidc-provider']), 2),
      ),
  rows: ({ empty, full }) => [
    atLeast(
      'The rate stays within 20 % of an empty database',
      full.perSecond / empty.perSecond,
      0.8,
    ),
  ],
  processes: ({ 'one-process': one, 'two-processes': two }) => {
    const target = 'Two processes do 1.8 × what one does'
    if (hasCpusForTwo) return [atLeast(target, two.perSecond / one.perSecond, 1.8)]
    const cost = times(two.cpuMicros / one.cpuMicros)
    const reached = `cannot be seen here: they share a CPU; a request costs ${cost} what it costs with one`
    return [{ target, reached, holds: undefined }]
  },
}

/** The targets of a work. @returns `{ target, reached, holds }` each; `holds` is undefined if it cannot be told. */
export function targetsOf({ name, results }) {
  const byName = Object.fromEntries(results.map((each) => [each.contestant, each]))
  return targets[name](byName, results)
}
