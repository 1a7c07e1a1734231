/**
 * The clients, in a process of their own: what happens to servers does not happen to them.
 *
 * Told what to do over the channel to its parent: `{ id, workload, args }`, answered `{ id, result }`.
 */

import { OperationLog } from '../operation-log.mjs'
import { Random } from '../random.mjs'
import { Http } from './http.mjs'
import { workloads } from './workloads.mjs'

const { ports, host, logPath, seed, connections } = JSON.parse(process.argv[2])
const log = new OperationLog(logPath)
const random = new Random(seed)
const http = new Http({ ports, host, log, random: random.fork('http'), connections })
let stops = 0

process.on('message', async ({ id, workload, args, stop }) => {
  if (stop) {
    stops++
    return
  }
  const stopsBefore = stops
  try {
    const context = { http, log, random: random.fork(id), stopped: () => stops > stopsBefore }
    const result = await workloads[workload](context, args)
    await log.flushed()
    process.send({ id, result })
  } catch (error) {
    process.send({ id, failure: error.stack })
  }
})
process.on('disconnect', () => process.exit())
