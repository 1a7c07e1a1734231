/**
 * What test builds have besides the product: failpoints and a clock that can be set.
 *
 * `WARDER_FAILPOINT=after_cas:kill@p=0.02,before_cas:delay@ms=20&p=0.5` says where what happens;
 * `WARDER_TEST_CLOCK={"scale":60}` how time runs, see clock.mjs.
 *
 * A hit is on the disk before the process dies, so that the harness knows its own kills from crashes.
 */

import { fsyncSync, openSync, writeSync } from 'node:fs'
import { clockOf } from './clock.mjs'
import { Random } from './random.mjs'

const { WARDER_FAILPOINT = '', WARDER_FAILPOINT_HITS, WARDER_FAILPOINT_SEED = '0' } = process.env

const points = new Map(
  WARDER_FAILPOINT.split(',')
    .filter((text) => text !== '')
    .map((text) => {
      const [, name, action, options = ''] = /^(\w+):(kill|delay)(?:@(.*))?$/.exec(text) ?? []
      if (name === undefined) throw new Error(`WARDER_FAILPOINT: “${text}” is not understood.`)
      const values = Object.fromEntries(options.split('&').map((each) => each.split('=')))
      return [name, { action, p: Number(values.p ?? 1), ms: Number(values.ms ?? 0) }]
    }),
)

const clock = JSON.parse(process.env.WARDER_TEST_CLOCK ?? '{}')
globalThis.testClock = { now: clockOf(clock), scale: clock.scale ?? 1 }

const random = new Random(`${WARDER_FAILPOINT_SEED}/${process.pid}`)
const hits = WARDER_FAILPOINT_HITS && openSync(WARDER_FAILPOINT_HITS, 'a')

globalThis.failpoint = (name) => {
  const point = points.get(name)
  if (point === undefined || !random.chance(point.p)) return undefined
  if (point.action === 'delay') {
    return new Promise((resolve) => setTimeout(resolve, random.between(0, point.ms)))
  }
  writeSync(hits, `${process.pid} ${name}\n`)
  fsyncSync(hits)
  process.kill(process.pid, 'SIGKILL')
  return undefined
}

console.error(
  `This is a test build of Warder, with failpoints: ${WARDER_FAILPOINT || 'none armed'}`,
)
