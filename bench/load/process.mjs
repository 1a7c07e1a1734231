/**
 * The process that makes the load. Orders come in as lines of JSON, results go out the same way.
 *
 * `{ target }` says once what is asked: `{ host, port, path, headers, bodies }`, in turn; with
 * `authorizations` instead of bodies, a GET with each of them in turn; with `ports`, of several servers in
 * turn; or with `tokens`, a refresh with each of them in turn, where the successor of an answer takes the
 * place of what was sent. `{ run: { connections, seconds, rate } }` asks for that long: each connection as fast
 * as it is answered, or at a steady rate where an answer's time counts from when its request was due,
 * so that a server that falls behind cannot hide it.
 */

import { createInterface } from 'node:readline'
import { Connection } from './connection.mjs'

/** How long answers that are late are waited for, in milliseconds. */
const LATE = 5_000

let target
let nextRequest

/** The bytes of a request with this form. */
function bytesOf({ host, port, path, headers, hostHeader = `${host}:${port}` }, form) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = Buffer.byteLength(form)
  return `POST ${path} HTTP/1.1\r\nhost: ${hostHeader}\r\ncontent-type: application/x-www-form-urlencoded\r\n${lines.join('')}content-length: ${length}\r\n\r\n${form}`
}

/** The bytes of a request without a body. */
function bytesOfGet({ host, port, path }, authorization) {
  return `GET ${path} HTTP/1.1\r\nhost: ${host}:${port}\r\nauthorization: ${authorization}\r\n\r\n`
}

/** Requests that are always the same, one after the other. */
function fixedRequests() {
  const all =
    target.authorizations?.map((authorization) => bytesOfGet(target, authorization)) ??
    target.bodies.map((form) => bytesOf(target, form))
  let at = 0
  return () => {
    at = (at + 1) % all.length
    return { bytes: all[at], learn() {} }
  }
}

/** Refreshes: whatever an answer brings is sent when its turn comes. */
function refreshes() {
  let sent = 0
  const tokens = [...target.tokens]
  return () => {
    const at = sent++ % tokens.length
    const bytes = bytesOf(target, `${target.form}&refresh_token=${encodeURIComponent(tokens[at])}`)
    const learn = (body) => {
      const found = /"refresh_token":"([^"]+)"/.exec(body)
      if (found !== null) tokens[at] = found[1]
    }
    return { bytes, learn }
  }
}

async function openConnections(count) {
  const connections = Array.from({ length: count }, (_, i) => {
    const { host, ports = [target.port] } = target
    return new Connection({ host, port: ports[i % ports.length] })
  })
  await Promise.all(connections.map((each) => each.open()))
  return connections
}

/** As fast as each connection is answered. */
async function closedLoop({ connections: count, seconds }) {
  const connections = await openConnections(count)
  const tally = newTally()
  const start = performance.now()
  const end = start + seconds * 1000
  const drive = (connection) =>
    new Promise((resolve) => {
      const next = () => {
        const sentAt = performance.now()
        if (sentAt >= end) return resolve()
        const { bytes, learn } = nextRequest()
        connection.send(bytes, ({ status, body }) => {
          tally.count(status, performance.now() - sentAt)
          if (status === 200) learn(body)
          if (status === 0) resolve()
          else next()
        })
      }
      next()
    })
  await Promise.all(connections.map(drive))
  for (const connection of connections) connection.close()
  return tally.summary(performance.now() - start)
}

/** At a steady rate, whether or not the answers come. */
async function openLoop({ connections: count, seconds, rate }) {
  const idle = await openConnections(count)
  const tally = newTally()
  const due = []
  const total = Math.floor(rate * seconds)
  const start = performance.now()
  let made = 0
  const dispatch = () => {
    while (due.length > 0 && idle.length > 0) {
      const connection = idle.pop()
      const dueAt = due.shift()
      const { bytes, learn } = nextRequest()
      connection.send(bytes, ({ status, body }) => {
        tally.count(status, performance.now() - dueAt)
        if (status === 200) learn(body)
        if (status !== 0) idle.push(connection)
        dispatch()
      })
    }
  }
  await new Promise((resolve) => {
    // Not a timer, whose millisecond would come on top of every answer's time.
    const tick = () => {
      const now = performance.now()
      for (; made < total && start + (made * 1000) / rate <= now; made++) {
        due.push(start + (made * 1000) / rate)
      }
      dispatch()
      const isOver =
        made === total && (tally.total === total || now > start + seconds * 1000 + LATE)
      if (isOver) resolve()
      else setImmediate(tick)
    }
    tick()
  })
  for (const connection of idle) connection.close()
  return { ...tally.summary(performance.now() - start), unanswered: total - tally.total }
}

function newTally() {
  const times = []
  const statuses = {}
  return {
    get total() {
      return times.length
    },
    count(status, time) {
      times.push(time)
      statuses[status] = (statuses[status] ?? 0) + 1
    },
    summary(elapsed) {
      const sorted = Float64Array.from(times).sort()
      const micros = (part) => Math.round((sorted[Math.floor(sorted.length * part)] ?? 0) * 1000)
      const failed = times.length - (statuses[200] ?? 0)
      return {
        ...{ requests: times.length, failed, statuses },
        perSecond: times.length / (elapsed / 1000),
        ...{ p50Micros: micros(0.5), p99Micros: micros(0.99) },
      }
    },
  }
}

const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line)
  if (order.target !== undefined) {
    target = order.target
    nextRequest = target.tokens === undefined ? fixedRequests() : refreshes()
    tell({ ready: true })
  }
  if (order.run !== undefined) {
    tell(order.run.rate === undefined ? await closedLoop(order.run) : await openLoop(order.run))
  }
}
