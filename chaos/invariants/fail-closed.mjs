/** INV-5: while something is away that a decision needs, nobody is told yes. */

import { isOk } from './evidence.mjs'

export const failClosed = {
  id: 'INV-5',
  name: 'fail closed',
  check({ operations, outages = [] }) {
    const problems = []
    let looked = 0
    for (const { start, end, ops } of outages) {
      const during = operations.filter(
        (each) => ops.includes(each.op) && each.start > start && each.end < end,
      )
      looked += during.length
      for (const { op, key, start: at } of during.filter(isOk)) {
        problems.push(`${op} of ${key} succeeded ${Math.round(at - start)} ms into an outage`)
      }
    }
    return { looked, problems }
  },
}
