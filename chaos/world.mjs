/** Everything that one scenario runs in: a store, an installation, servers behind proxies, clients. */

import { mkdirSync, readdirSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { canariesIn } from './canaries.mjs'
import { Clients } from './clients/index.mjs'
import { now } from './clock.mjs'
import { Fleet } from './fleet.mjs'
import { Installation } from './installation.mjs'
import { checkInvariants } from './invariants/index.mjs'
import { readOperations } from './operation-log.mjs'
import { stores } from './stores/index.mjs'

export class World {
  problems = []
  clientKills = 0
  #meetBystanders
  /** What the invariants are to know besides the operations and the tables. */
  evidence = { outages: [], acknowledged: [] }
  /** What the report is to say. */
  facts = {}

  /** @param options `{ folder, build, library, random, warden, storeName, scenario }` */
  constructor(options) {
    Object.assign(this, options)
    this.operationsPath = join(this.folder, 'operations.jsonl')
  }

  /**
   * Makes it all. Servers are not started yet, so that {@link installation} can be filled quickly.
   *
   * @param options `{ servers, ttl, settings, failpoints, people, store, connections, clock, data }`
   */
  async open(options = {}) {
    const { folder, build, library, random, warden } = this
    const {
      servers = 4,
      ttl,
      settings,
      failpoints,
      people,
      store = {},
      connections,
      bystanders = false,
      clock,
      data = folder,
    } = options
    mkdirSync(folder, { recursive: true })
    this.store = await stores[this.storeName]({ folder: data, ...store })
    this.fleet = new Fleet({
      ...{ build, folder, failpoints, clock, random: random.fork('fleet'), warden },
      count: servers,
      config: join(folder, 'warder.config.json'),
      env: {},
    })
    await this.fleet.prepare()
    const issuer = `http://127.0.0.1:${this.fleet.front.port}`
    this.installation = new Installation({
      ...{ build: library, folder, data, issuer, ttl, settings, clock },
      storeUrl: this.store.url,
      limitsUrl: this.store.limitsUrl,
    })
    Object.assign(this.fleet.env, this.installation.env)
    await this.installation.prepare({ people })
    const clients = (name, ports) =>
      new Clients({
        ports,
        host: new URL(issuer).host,
        logPath: this.operationsPath,
        seed: `${random.seed}/${name}`,
        connections,
        warden,
      })
    this.clients = clients('clients', this.fleet.ports)
    if (bystanders) this.#meetBystanders = (ports) => clients('bystanders', ports)
    return this
  }

  /** Starts the servers; what was prepared is there by now. */
  async serve() {
    await this.installation.close()
    await this.fleet.startAll()
    // Past the proxies, which are busy with everybody else.
    this.bystanders = this.#meetBystanders?.(this.fleet.servers.map(({ port }) => port))
  }

  /** Demands something that no invariant knows of. */
  expect(holds, problem) {
    if (!holds) this.problems.push(problem)
  }

  /** What each server that runs answers at a path, past its proxy. */
  #answers(path) {
    const { host } = new URL(this.installation.settings.issuer)
    const one = (port) =>
      new Promise((resolve) => {
        const options = { host: '127.0.0.1', port, path, headers: { host }, agent: false }
        const request = get(options, async (answer) => {
          resolve({ status: answer.statusCode, text: await text(answer) })
        })
        request.setTimeout(2_000, () => request.destroy())
        request.on('error', () => resolve({}))
      })
    return Promise.all(this.fleet.running().map(({ port }) => one(port)))
  }

  /** The status of each; undefined where none came. */
  async ask(path) {
    return (await this.#answers(path)).map(({ status }) => status)
  }

  async askForText(path) {
    return (await this.#answers(path)).map((answer) => answer.text)
  }

  /** What clients have done and seen so far. */
  operations() {
    return readOperations(this.operationsPath)
  }

  /** Does something time and again until it is told to stop. @returns what stops it */
  repeat([least, most], act) {
    const random = this.random.fork('repeat')
    let going = true
    const done = (async () => {
      while (going) {
        await sleep(random.between(least, most))
        if (going) await act(random)
      }
    })()
    return async () => {
      going = false
      await done
    }
  }

  /** Kills a server by chance time and again, the last one never.  @returns what stops it */
  killing(period = [300, 1500]) {
    this.fleet.keepUp()
    const stop = this.repeat(period, async (random) => {
      const running = this.fleet.running()
      if (running.length > 1) await this.fleet.kill(random.pick(running))
    })
    return async () => {
      await stop()
      await this.fleet.rest()
    }
  }

  /** An administrator of the installation, for as long as some work takes. */
  async administering(work) {
    const warder = await this.installation.open()
    try {
      return await work(warder)
    } finally {
      await warder.close()
    }
  }

  /** Notes that something was away. @returns what notes the end */
  outage(ops) {
    const outage = { start: now(), end: Number.POSITIVE_INFINITY, ops }
    this.evidence.outages.push(outage)
    return () => {
      outage.end = now()
    }
  }

  /** How many processes were killed. */
  get kills() {
    return this.clientKills + (this.fleet?.kills ?? 0)
  }

  /** Lets everything end, and checks it. */
  async judge() {
    // What is about clients alone needs no servers.
    if (this.store === undefined) return { checked: [], problems: this.problems, operations: 0 }
    await Promise.all([this.clients.close(), this.bystanders?.close()])
    await this.fleet.stopAll()
    const evidence = await this.#gather()
    this.evidence = evidence
    const integrity = await this.store.integrity()
    this.expect(integrity === 'ok', `the database is damaged: ${integrity}`)
    const checked = checkInvariants(evidence, this.scenario.invariants)
    return { checked, problems: this.problems, operations: evidence.operations.length }
  }

  async #gather() {
    const { since = 0 } = this.evidence
    const [codes, families, events] = await Promise.all(
      ['authorization_codes', 'families', 'events'].map((table) => this.store.rows(table)),
    )
    return {
      ...this.evidence,
      operations: (await this.operations()).filter(({ start }) => start >= since),
      tables: { codes, families, events },
      crashes: this.fleet.crashes,
      log: await this.#verifyLog(),
      ...this.#search(),
    }
  }

  async #verifyLog() {
    return this.administering(async ({ audit }) => {
      const { breaks } = await audit.verify()
      return { ok: breaks.length === 0, detail: JSON.stringify(breaks.slice(0, 3)) }
    })
  }

  /** Looks for what must be nowhere, in the files of the store and in all that servers printed. */
  #search() {
    const { canaries } = this.installation
    const logs = readdirSync(this.folder).filter((name) => name.endsWith('.log'))
    const files = [
      ...this.store.files(),
      this.operationsPath,
      ...logs.map((name) => join(this.folder, name)),
    ]
    const leaks = files.flatMap((file) =>
      canariesIn(file, canaries).map((canary) => ({ canary, file })),
    )
    return { leaks, searched: files.length }
  }

  async close() {
    await this.clients?.close()
    await this.bystanders?.close()
    await this.installation?.close()
    await this.fleet?.close()
    await this.store?.close()
  }
}
