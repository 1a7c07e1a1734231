/** What the clients are told to do. One more is one more function here, in {@link workloads}. */

import { setTimeout as sleep } from 'node:timers/promises'
import {
  answerDevice,
  assert,
  call,
  credentials,
  insist,
  keys,
  poll,
  redeem,
  refresh,
  refreshSafely,
  revoke,
} from './actions.mjs'
import { guarding } from './guarding.mjs'
import { signIn } from './signing-in.mjs'

const actions = { redeem, refresh, revoke, call, credentials, keys, assert }

const times = (count, make) => Promise.all(Array.from({ length: count }, (_, i) => make(i)))

/** Runs jobs, so many at once. */
async function pooled(jobs, width, work) {
  let next = 0
  await times(Math.min(width, jobs.length), async () => {
    while (next < jobs.length) await work(jobs[next++])
  })
}

/** The same request from many at the same moment, over all servers, round after round. */
async function crowd({ http }, { action, items, width }) {
  const rounds = []
  for (const [round, item] of items.entries()) {
    const answers = await times(width, (i) =>
      actions[action](http, item, { round, server: i % http.ports.length }),
    )
    rounds.push(answers.map(({ outcome }) => outcome))
    const winner = answers.find(({ outcome }) => outcome === 'ok')
    if (winner?.secret.refreshToken) item.refreshToken = winner.secret.refreshToken
  }
  return { rounds, items }
}

/** A device asks as many times as it can while its user answers, until somebody has said something. */
async function devices({ http, random }, { items, width }) {
  const endings = []
  for (const item of items) {
    const polls = times(width, async (i) => {
      for (;;) {
        const { outcome } = await poll(http, item, { server: i % http.ports.length })
        if (outcome !== 'authorization_pending' && outcome !== 'slow_down') return outcome
        await sleep(random.between(0, 40))
      }
    })
    await sleep(random.between(0, 60))
    await Promise.all(
      item.answers.map((action, i) =>
        answerDevice(http, item, { action, server: i % http.ports.length }),
      ),
    )
    endings.push(await polls)
  }
  return { endings }
}

/** Clients with a family each refresh as fast as they are answered, and never give up. */
async function refreshing({ http, random }, { families, count, pause = 0 }) {
  let left = count
  const dead = []
  await times(families.length, async (i) => {
    const family = families[i]
    while (left-- > 0) {
      const answer = await refreshSafely(http, family, { random })
      if (answer.outcome !== 'ok')
        return dead.push({ id: family.id, outcome: answer.outcome, stuck: answer.stuck })
      if (pause > 0) await sleep(random.between(0, pause))
    }
  })
  return { families, dead }
}

/** Clients redeem codes, and ask again if the answer was lost. */
async function redeeming({ http, random }, { codes, width }) {
  const outcomes = {}
  await pooled(codes, width, async (code) => {
    const { outcome } = await insist(http, (about) => redeem(http, code, about), { random })
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  })
  return { outcomes }
}

/** A family is rotated as fast as can be while it is revoked; then its last token is tried. */
async function revoking({ http, random }, { families, width, head }) {
  const after = {}
  await pooled(families, width, async (family) => {
    const held = [family.refreshToken]
    // A family that lives on after its revocation is seen by then.
    let more = 3
    let isRevoked = false
    const spin = async () => {
      const own = { ...family }
      while (!isRevoked || more-- > 0) {
        const answer = await refresh(http, own, {})
        if (answer.outcome !== 'ok') return
        own.refreshToken = answer.secret.refreshToken
        held.push(own.refreshToken)
      }
    }
    const end = async () => {
      await sleep(random.between(0, head))
      await insist(http, (about) => revoke(http, family, about), { random })
      isRevoked = true
    }
    await Promise.all([spin(), end()])
    const answer = await insist(
      http,
      (about) => refresh(http, { ...family, refreshToken: held.at(-1) }, { ...about, probe: true }),
      { random },
    )
    after[answer.outcome] = (after[answer.outcome] ?? 0) + 1
  })
  return { after }
}

/** People sign in, so many at once. */
async function signingIn({ http }, { people, width }) {
  const outcomes = {}
  await pooled(people, width, async (person) => {
    const { op, outcome, status } = await signIn(http, person, {})
    const name = op === 'sign-in' ? outcome : `${op} ${status ?? outcome}`
    outcomes[name] = (outcomes[name] ?? 0) + 1
  })
  return { outcomes }
}

/** Many ask as fast as they are answered, for a while. @returns how many were, and how soon */
async function rushing({ http, random }, { action, item, width, seconds }) {
  const until = performance.now() + seconds * 1000
  const took = { ok: [], refused: [] }
  await times(width, async () => {
    while (performance.now() < until) {
      const { outcome, status, start, end } = await actions[action](http, item, {})
      // Whoever hears nothing was not refused.
      if (status !== undefined) took[outcome === 'ok' ? 'ok' : 'refused'].push(end - start)
      // Who is turned away comes again, but not within the same moment.
      if (outcome !== 'ok') await sleep(random.between(5, 50))
    }
  })
  return {
    perSecond: took.ok.length / seconds,
    refusedPerSecond: took.refused.length / seconds,
    ok: quantiles(took.ok),
    refused: quantiles(took.refused),
  }
}

function quantiles(list) {
  const sorted = [...list].sort((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return { p50: at(0.5), p99: at(0.99) }
}

/** Each family is rotated as fast as can be until somebody says no, or nobody ever does. */
async function rotating({ http }, { families }) {
  await Promise.all(
    families.map(async (family) => {
      for (let i = 0; i < 500; i++) {
        const answer = await refresh(http, family, {})
        if (answer.outcome !== 'ok') return
        family.refreshToken = answer.secret.refreshToken
      }
    }),
  )
  return {}
}

/** Requests at a steady rate, whether or not those before were answered, from a deck of kinds. */
async function steady(
  { http, random, stopped },
  { rate, seconds, deck, retries = 0, families = [] },
) {
  const started = performance.now()
  const flying = new Set()
  const counts = {}
  const free = [...families]
  const send = async (kind) => {
    let answer
    if (kind.action === 'refresh') {
      const family = free.shift()
      if (family === undefined) return
      answer = await refresh(http, family, { tag: kind.tag })
      for (let i = 0; i < retries && answer.outcome !== 'ok'; i++) {
        await sleep(random.between(20, 120))
        answer = await refresh(http, family, {
          tag: kind.tag,
          server: http.other(answer.server),
          attempt: i + 1,
        })
      }
      if (answer.outcome === 'ok') family.refreshToken = answer.secret.refreshToken
      free.push(family)
    } else {
      answer = await actions[kind.action](http, kind.item, { tag: kind.tag })
      for (let i = 0; i < retries && answer.status === undefined; i++) {
        await sleep(random.between(20, 120))
        answer = await actions[kind.action](http, kind.item, {
          tag: kind.tag,
          server: http.other(answer.server),
          attempt: i + 1,
        })
      }
    }
    const name = `${kind.action}:${answer.outcome}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  for (let sent = 0; !stopped() && sent < rate * seconds; sent++) {
    const due = started + (sent * 1000) / rate
    const early = due - performance.now()
    if (early > 2) await sleep(early)
    const promise = send(random.pick(deck)).finally(() => flying.delete(promise))
    flying.add(promise)
  }
  await Promise.all(flying)
  return { counts, families }
}

/** Tries what each family holds now, once the faults are over. */
async function probing({ http, random }, { families }) {
  const outcomes = {}
  await pooled(families, 16, async (family) => {
    const answer = await insist(http, (about) => refresh(http, family, { ...about, probe: true }), {
      random,
    })
    outcomes[answer.outcome] = (outcomes[answer.outcome] ?? 0) + 1
    if (answer.outcome === 'ok') family.refreshToken = answer.secret.refreshToken
  })
  return { outcomes, families }
}

export const workloads = {
  guarding,
  crowd,
  devices,
  refreshing,
  redeeming,
  revoking,
  rotating,
  rushing,
  signingIn,
  steady,
  probing,
}
