/**
 * The process that does one operation over and over. Orders come in as lines of JSON, results go out the
 * same way.
 *
 * An operation is a module here with `prepare(given)`, which resolves to `{ operate, inputs, bad }`:
 * what is done, what it is done with in turn, and what it must refuse. `operate` answers something, or a
 * promise of it, for what is good; whatever is bad it answers with nothing, or throws.
 */

import { createInterface } from 'node:readline'

/** Operations between two looks at the clock. */
const TOGETHER = 64

/** Operations whose time is taken one by one; apart from the rest, because taking it costs too. */
const TIMED = 5_000

const [name, given] = process.argv.slice(2)
const { prepare } = await import(new URL(`${name}.mjs`, import.meta.url))
const { operate, inputs, bad } = await prepare(JSON.parse(given))
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)
let at = 0

async function once() {
  at = at + 1 === inputs.length ? 0 : at + 1
  await expectGood(inputs[at])
}

async function expectGood(input) {
  const answer = await operate(input)
  if (!answer) throw new Error(`${name} refused what is good.`)
}

/** Whoever lets everything in is fast. */
async function expectBad(input) {
  let answer
  try {
    answer = await operate(input)
  } catch {
    return
  }
  if (answer) throw new Error(`${name} accepted what is bad.`)
}

/** Not `once`: an await that is not needed would be a part of what is measured. */
async function many(count) {
  for (let i = 0; i < count; i++) {
    at = at + 1 === inputs.length ? 0 : at + 1
    let answer = operate(inputs[at])
    if (answer instanceof Promise) answer = await answer
    if (!answer) throw new Error(`${name} refused what is good.`)
  }
}

async function run({ seconds }) {
  const start = performance.now()
  const before = process.cpuUsage()
  let operations = 0
  while (performance.now() - start < seconds * 1000) {
    await many(TOGETHER)
    operations += TOGETHER
  }
  const { user, system } = process.cpuUsage(before)
  const elapsed = performance.now() - start
  return {
    operations,
    cpuMicros: (user + system) / operations,
    perSecond: operations / (elapsed / 1000),
    ...(await times()),
  }
}

async function times() {
  const taken = new Float64Array(TIMED)
  for (let i = 0; i < TIMED; i++) {
    const start = performance.now()
    await once()
    taken[i] = (performance.now() - start) * 1000
  }
  taken.sort()
  return { p50Micros: taken[TIMED * 0.5], p99Micros: taken[TIMED * 0.99] }
}

await expectGood(inputs[0])
for (const input of bad) await expectBad(input)
tell({ ready: true })
for await (const line of createInterface({ input: process.stdin })) {
  tell(await run(JSON.parse(line)))
}
