import * as argon2 from '@node-rs/argon2'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { csrfMatches, csrfToken, DEVICE_COOKIE, SESSION_COOKIE } from 'warder/accounts'
import { clientAddress } from 'warder/limits'
import { insert } from 'warder/store'
import { Secret } from 'warder/vault'
import { ALICE, cheapSettings, PASSWORD, people } from './fixtures/people.ts'

/** The work that a guess costs is counted in hashes: seconds differ from machine to machine. */
const work = vi.hoisted(() => ({
  verified: [] as string[],
  running: 0,
  atOnce: 0,
  /** What each hash waits for, however long the others take to arrive. */
  mayEnd: Promise.resolve(),
}))

vi.mock('@node-rs/argon2', async (original) => {
  const actual = await original<typeof argon2>()
  const verify = vi.fn(async (hash: string, password: string) => {
    work.verified.push(hash)
    work.running += 1
    work.atOnce = Math.max(work.atOnce, work.running)
    try {
      const isRight = await actual.verify(hash, password)
      await work.mayEnd
      return isRight
    } finally {
      work.running -= 1
    }
  })
  return { ...actual, verify }
})

beforeEach(() => {
  Object.assign(work, { verified: [], running: 0, atOnce: 0, mayEnd: Promise.resolve() })
})
afterEach(() => {
  vi.mocked(argon2.verify).mockClear()
})

/** Lets no hash end before so many attempts were turned away. @returns What counts one of them. */
function hashesEndAfter(count: number): () => void {
  let end = () => {}
  work.mayEnd = new Promise((resolve) => {
    end = resolve
  })
  let turnedAway = 0
  return () => {
    turnedAway += 1
    if (turnedAway === count) end()
  }
}

const WRONG = 'not the right password'
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

describe('Attacks on sign-in: telling who has an account', () => {
  it('LG-01 unknown, wrong and disabled get the same answer for the same work', async () => {
    const { accounts, signIn } = await people()
    const carol = await accounts.add({ email: 'carol@example.com', password: new Secret(PASSWORD) })
    await accounts.setDisabled(carol.id, true)
    const attempts = [
      { password: WRONG },
      { username: 'nobody@example.com' },
      { username: 'carol@example.com' },
      { username: 'carol@example.com', password: WRONG },
      { username: 'no address at all' },
      { username: '' },
      { username: `${'a'.repeat(100_000)}@example.com` },
    ]
    for (const attempt of attempts) {
      work.verified = []
      expect(await signIn(attempt)).toEqual({ ok: false, reason: 'refused' })
      const parameters = work.verified.map((hash) => hash.split('$').slice(1, 4))
      expect(parameters).toEqual([['argon2id', 'v=19', 'm=8,t=1,p=1']])
    }
  })

  it('LG-01 the limits treat an unknown account as a known one', async () => {
    const { signIn } = await people()
    const outcomes = async (username: string) => {
      const seen = []
      for (let i = 0; i < 7; i++) seen.push(await signIn({ username, password: WRONG }))
      return seen
    }
    expect(await outcomes('nobody@example.com')).toEqual(await outcomes(ALICE))
  })

  it('LG-01 only the operator learns why, and what was typed is nowhere', async () => {
    const { store, events, signIn } = await people()
    await signIn({ password: WRONG })
    await signIn({ username: WRONG, password: WRONG })
    const failed = events.filter(({ type }) => type === 'login.failed')
    expect(failed.map(({ reason }) => reason)).toEqual(['wrong credentials', 'no such account'])
    const kept = await store.list('events', {}, { limit: 100 })
    const counted = await store.list('throttles', {}, { limit: 100 })
    expect(JSON.stringify([events, kept, counted])).not.toContain(WRONG)
  })
})

describe('Attacks on sign-in: guessing', () => {
  it('LG-03 one after the other: five attempts, then waits', async () => {
    const { platform, signIn } = await people()
    for (let i = 0; i < 5; i++)
      expect(await signIn({ password: WRONG })).toMatchObject({ reason: 'refused' })
    const throttled = { ok: false, reason: 'throttled', retryAfterSeconds: 1 }
    expect(await signIn()).toEqual(throttled)
    platform.advance(999)
    expect(await signIn()).toEqual(throttled)
    platform.advance(1)
    expect(await signIn()).toMatchObject({ ok: true })
  })

  it('LG-03 a hundred at once: five are looked at, even with the right password among them', async () => {
    const { signIn } = await people(cheapSettings({ passwords: { hashesWaiting: 200 } }))
    const turnedAway = hashesEndAfter(95)
    const attempts = times(100, async (i) => {
      const outcome = await signIn({ password: i < 95 ? WRONG : PASSWORD })
      if (!outcome.ok && outcome.reason === 'throttled') turnedAway()
      return outcome
    })
    const outcomes = await Promise.all(attempts)
    const throttled = outcomes.filter((outcome) => !outcome.ok && outcome.reason === 'throttled')
    expect(throttled).toHaveLength(95)
    expect(work.verified).toHaveLength(5)
  })

  it('LG-03 a hundred at once at the end of a wait: one is looked at', async () => {
    const { platform, signIn } = await people(cheapSettings({ passwords: { hashesWaiting: 200 } }))
    for (let i = 0; i < 5; i++) await signIn({ password: WRONG })
    work.verified = []
    platform.advance(1_000)
    await Promise.all(times(100, () => signIn({ password: WRONG })))
    expect(work.verified).toHaveLength(1)
  })

  it('LG-06 an attempt that is cut short still counts', async () => {
    const { signIn } = await people()
    for (let i = 0; i < 5; i++) {
      vi.mocked(argon2.verify).mockRejectedValueOnce(new Error('the process was killed here'))
      await expect(signIn({ password: WRONG })).rejects.toThrow('killed')
    }
    expect(await signIn()).toMatchObject({ ok: false, reason: 'throttled' })
  })
})

describe('Attacks on sign-in: locking people out', () => {
  it('LG-04 a stranger fails a hundred times: the owner enters from a known device at once', async () => {
    const { platform, signIn, enter } = await people()
    const { deviceCookie } = await enter()
    const waits: number[] = []
    for (let failed = 0; failed < 100; ) {
      const outcome = await signIn({ password: WRONG })
      if (outcome.ok) throw new Error('a wrong password was accepted')
      if (outcome.reason === 'refused') failed += 1
      waits.push(outcome.retryAfterSeconds ?? 0)
      platform.advance((outcome.retryAfterSeconds ?? 0) * 1000)
    }
    // The clock went far; a device is known for 90 days.
    expect(await signIn({ deviceCookie })).toMatchObject({ ok: true })
    expect(Math.max(...waits)).toBe(3_600)
  })

  it('LG-04 no lock is for ever: after the wait any browser gets in', async () => {
    const { platform, signIn } = await people()
    for (let i = 0; i < 50; i++) {
      const outcome = await signIn({ password: WRONG })
      if (!outcome.ok) platform.advance((outcome.retryAfterSeconds ?? 0) * 1000)
    }
    platform.advance(3_600_000)
    expect(await signIn()).toMatchObject({ ok: true })
  })

  it('LG-04 a new password ends the wait', async () => {
    const { accounts, alice, signIn } = await people()
    for (let i = 0; i < 6; i++) await signIn({ password: WRONG })
    const password = 'another quiet morning tram'
    await accounts.setPassword(alice.id, new Secret(password))
    expect(await signIn({ password })).toMatchObject({ ok: true })
  })

  it("LG-04 success on a known device does not refill the strangers' budget", async () => {
    const { signIn, enter } = await people()
    const { deviceCookie } = await enter()
    for (let i = 0; i < 5; i++) await signIn({ password: WRONG })
    await enter({ deviceCookie })
    expect(await signIn({ password: WRONG })).toMatchObject({ reason: 'throttled' })
  })

  it("LG-04 a flood from the owner's own address does not keep a known device out", async () => {
    const { signIn, enter } = await people()
    const source = 'unknown'
    const { deviceCookie } = await enter({ source })
    for (let i = 0; i < 60; i++) await signIn({ source, username: `user${i}@example.com` })
    expect(await signIn({ source })).toMatchObject({ reason: 'throttled' })
    expect(await signIn({ source, deviceCookie: 'forged' })).toMatchObject({ reason: 'throttled' })
    expect(await signIn({ source, deviceCookie })).toMatchObject({ ok: true })
  })

  it('LG-04 a known device has a small budget of its own', async () => {
    const { signIn, enter } = await people()
    const { deviceCookie } = await enter()
    for (let i = 0; i < 5; i++) await signIn({ deviceCookie, password: WRONG })
    expect(await signIn({ deviceCookie })).toMatchObject({ reason: 'throttled' })
    expect(await signIn()).toMatchObject({ ok: true })
  })

  it('LG-04 a device is known for 90 days after its last sign-in', async () => {
    const { platform, signIn, enter } = await people()
    const { deviceCookie } = await enter()
    platform.advance(90 * 86_400_000 - 1_000)
    for (let i = 0; i < 5; i++) await signIn({ password: WRONG })
    const renewed = await enter({ deviceCookie })
    platform.advance(1_000)
    for (let i = 0; i < 2; i++) await signIn({ password: WRONG })
    expect(await signIn({ deviceCookie })).toMatchObject({ reason: 'throttled' })
    expect(await signIn({ deviceCookie: renewed.deviceCookie })).toMatchObject({ ok: true })
  })

  it("LG-04 a device cookie that is forged, stale, or another's spends the strangers' budget", async () => {
    const { accounts, alice, signIn, enter } = await people()
    await accounts.add({ email: 'mallory@example.com', password: new Secret(PASSWORD) })
    const theirs = await enter({ username: 'mallory@example.com' })
    const good = await enter()
    const ofOldPassword = await enter()
    await accounts.setPassword(alice.id, new Secret(PASSWORD))
    const [id = '', , mac = ''] = good.deviceCookie.split('.')
    const cookies = [
      theirs.deviceCookie,
      ofOldPassword.deviceCookie,
      `${id}.zzzzzzzz.${mac}`,
      `${id}..${mac}`,
      good.deviceCookie.slice(0, -1),
      '',
      'x'.repeat(100_000),
    ]
    for (let i = 0; i < 5; i++) await signIn({ password: WRONG })
    for (const deviceCookie of cookies) {
      expect(await signIn({ deviceCookie }), deviceCookie.slice(0, 90)).toMatchObject({
        reason: 'throttled',
      })
    }
  })
})

describe('Attacks on sign-in: getting around the limits', () => {
  const spellings = [
    'ALICE@EXAMPLE.COM',
    ' alice@example.com ',
    'ａｌｉｃｅ@example.com',
    'alice@ｅxample．com',
    'alice+1@example.com',
    'alice+other@example.com',
  ]

  it('LG-05 spellings of a name share one budget', async () => {
    const { signIn } = await people()
    for (let i = 0; i < 5; i++) await signIn({ username: spellings[i] ?? '', password: WRONG })
    expect(await signIn()).toMatchObject({ reason: 'throttled' })
  })

  it.each([
    ['addresses within an IPv6 /64', (i: number) => `2001:db8:1:2::${i.toString(16)}`],
    [
      'spellings of one address',
      (i: number) => ['2001:db8::1', '2001:DB8:0::0001', '2001:0db8::1%3'][i % 3],
    ],
    [
      'IPv4 in its own and in IPv6 form',
      (i: number) => ['192.0.2.7', '::ffff:192.0.2.7', '::ffff:c000:207'][i % 3],
    ],
    ['no address that is known', (i: number) => ['unknown', '', 'localhost'][i % 3]],
  ])('LG-05 %s share one budget', async (_, sourceOf) => {
    const { signIn } = await people()
    const attempt = (i: number) =>
      signIn({ username: `user${i}@example.com`, source: sourceOf(i) ?? '' })
    for (let i = 0; i < 30; i++) expect(await attempt(i)).toMatchObject({ reason: 'refused' })
    expect(await attempt(30)).toMatchObject({ reason: 'throttled', retryAfterSeconds: 2 })
    expect(work.verified).toHaveLength(30)
  })

  it('LG-05 the networks of one IPv6 /56 share a wider budget', async () => {
    const { signIn } = await people()
    const outcomes = []
    for (let i = 0; i < 121; i++) {
      const source = `2001:db8:1:${(0x200 + i).toString(16)}::1`
      outcomes.push(await signIn({ username: `user${i}@example.com`, source }))
    }
    expect(
      outcomes.filter((outcome) => !outcome.ok && outcome.reason === 'throttled'),
    ).toHaveLength(1)
  })

  it('LG-05 X-Forwarded-For cannot choose the source', async () => {
    const { signIn } = await people()
    const attempt = (i: number) => {
      const forwardedFor = `203.0.113.${i}, 198.51.100.${i}, 192.0.2.7`
      const proxied = { remoteAddress: '10.0.0.1', forwardedFor, trustedProxies: ['10.0.0.1'] }
      const direct = { remoteAddress: '192.0.2.7', forwardedFor, trustedProxies: [] }
      const source = clientAddress(i % 2 === 0 ? proxied : direct) ?? ''
      return signIn({ username: `user${i}@example.com`, source })
    }
    for (let i = 0; i < 30; i++) await attempt(i)
    expect(await attempt(30)).toMatchObject({ reason: 'throttled' })
  })
})

describe('Attacks on sign-in: odd passwords', () => {
  const entersWith = async (set: string, typed: string) => {
    const { accounts, signIn } = await people()
    await accounts.add({ email: 'bob@example.com', password: new Secret(set) })
    return (await signIn({ username: 'bob@example.com', password: typed })).ok
  }
  const long = (length: number) =>
    times(length, (i) => String.fromCharCode(33 + ((i * i + 7 * i) % 90))).join('')

  it.each([73, 1023, 1024])('LG-07 every one of %i characters counts', async (length) => {
    const password = long(length)
    expect(await entersWith(password, password)).toBe(true)
    expect(await entersWith(password, `${password.slice(0, -1)}~`)).toBe(false)
  })

  it('LG-07 a NUL neither ends a password nor is dropped', async () => {
    const password = 'plum thunder\0ladder vest'
    expect(await entersWith(password, password)).toBe(true)
    expect(await entersWith(password, 'plum thunder')).toBe(false)
    expect(await entersWith(password, 'plum thunder\0other')).toBe(false)
    expect(await entersWith(password, 'plum thunderladder vest')).toBe(false)
  })

  it('LG-07 composed and decomposed letters are one', async () => {
    const password = 'crème brûlée für Zoë, ﬁve'
    expect(await entersWith(password.normalize('NFC'), password.normalize('NFD'))).toBe(true)
    expect(await entersWith(password.normalize('NFD'), password.normalize('NFKC'))).toBe(true)
    expect(await entersWith(password, 'creme brulee fur Zoe, five')).toBe(false)
  })

  it.each([
    ['1025 characters', long(1025)],
    ['1025 characters beyond the first plane', '🜁'.repeat(1025)],
    ['1 MB', 'a'.repeat(1_048_576)],
    ['nothing', ''],
  ])('LG-07 %s is answered 400 before anything is hashed or counted', async (_, password) => {
    const { store, signIn } = await people()
    await expect(signIn({ password })).rejects.toMatchObject({
      code: 'invalid_request',
      status: 400,
    })
    expect(work.verified).toEqual([])
    expect(await store.list('throttles', {}, { limit: 1 })).toEqual([])
  })
})

describe('Attacks on sign-in: floods', () => {
  it('LG-08 200 at once: two hash, 32 wait, the rest are answered 503 without being counted', async () => {
    const { accounts, store, signIn } = await people()
    const turnedAway = hashesEndAfter(166)
    const attempts = times(200, (i) =>
      signIn({ username: `user${i}@example.com` }).catch((error: unknown) => {
        turnedAway()
        throw error
      }),
    )
    const outcomes = await Promise.allSettled(attempts)
    const busy = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    )
    expect(busy).toHaveLength(166)
    for (const reason of busy) {
      expect(reason).toMatchObject({
        code: 'temporarily_unavailable',
        status: 503,
        headers: { 'retry-after': '5' },
      })
    }
    expect(work.atOnce).toBe(2)
    expect(work.verified).toHaveLength(34)
    expect(await store.list('throttles', {}, { limit: 300 })).toHaveLength(34)
    // And when it is over, it is over.
    expect(await signIn()).toMatchObject({ ok: true })
    expect(await accounts.findByEmail(ALICE)).toBeDefined()
  })
})

describe('Attacks on sessions', () => {
  it('LG-09 the cookies are __Host- cookies, of 256 bits, and only their hash is kept', async () => {
    expect([SESSION_COOKIE, DEVICE_COOKIE]).toEqual(['__Host-wd_sid', '__Host-wd_dev'])
    const { store, enter } = await people()
    const cookies = []
    for (let i = 0; i < 50; i++) cookies.push((await enter()).sessionCookie)
    expect(new Set(cookies).size).toBe(50)
    for (const cookie of cookies) expect(Buffer.from(cookie, 'base64url')).toHaveLength(32)
    const kept = JSON.stringify([
      await store.list('sessions', {}, { limit: 100 }),
      await store.list('events', {}, { limit: 100 }),
    ])
    expect(cookies.filter((cookie) => kept.includes(cookie))).toEqual([])
  })

  it('LG-10 a cookie that was planted is never taken over, and the old session ends', async () => {
    const { accounts, enter } = await people()
    const planted = 'A'.repeat(43)
    const first = await enter({ sessionCookie: planted })
    expect(first.sessionCookie).not.toBe(planted)
    expect(await accounts.session(planted)).toBeUndefined()
    const second = await enter({ sessionCookie: first.sessionCookie })
    expect(await accounts.session(first.sessionCookie)).toBeUndefined()
    expect(await accounts.session(second.sessionCookie)).toMatchObject({ user: { email: ALICE } })
  })

  it('LG-10 the id that is kept does not work as a cookie', async () => {
    const { accounts, enter } = await people()
    const { session } = await enter()
    expect(await accounts.session(session.id)).toBeUndefined()
  })

  it.each<[string, (at: Awaited<ReturnType<typeof people>>, cookie: string) => Promise<unknown>]>([
    ['logout', ({ accounts, event }, cookie) => accounts.endSession(cookie, event)],
    [
      'a password change',
      ({ accounts, alice }) => accounts.setPassword(alice.id, new Secret(PASSWORD)),
    ],
    ['being disabled', ({ accounts, alice }) => accounts.setDisabled(alice.id, true)],
    ['being removed', ({ accounts, alice }) => accounts.remove(alice.id)],
    [
      'being removed and added again',
      async ({ accounts, alice }) => {
        await accounts.remove(alice.id)
        await accounts.add({ email: ALICE, password: new Secret(PASSWORD) })
      },
    ],
    [
      'being disabled and enabled again',
      async ({ accounts, alice }) => {
        await accounts.setDisabled(alice.id, true)
        await accounts.setDisabled(alice.id, false)
      },
    ],
    ['an hour unused', async ({ platform }) => platform.advance(3_600_000)],
  ])('LG-10 a session is dead after %s', async (_, end) => {
    const at = await people()
    const { sessionCookie } = await at.enter()
    expect(await at.accounts.session(sessionCookie)).toBeDefined()
    await end(at, sessionCookie)
    expect(await at.accounts.session(sessionCookie)).toBeUndefined()
  })

  it('LG-10 a sign-in that was under way when the password changed opens nothing', async () => {
    const { accounts, alice, signIn, store } = await people()
    const { verify } = await vi.importActual<typeof argon2>('@node-rs/argon2')
    vi.mocked(argon2.verify).mockImplementationOnce(async (hash, password) => {
      const right = await verify(hash, password)
      await accounts.setPassword(alice.id, new Secret('another quiet morning tram'))
      return right
    })
    expect(await signIn()).toEqual({ ok: false, reason: 'refused' })
    expect(await store.list('sessions', {}, { limit: 1 })).toEqual([])
  })

  it('LG-10 a session of before a password change is dead even where its row survived', async () => {
    const { accounts, alice, enter, store } = await people()
    const { session, sessionCookie } = await enter()
    await accounts.setPassword(alice.id, new Secret('another quiet morning tram'))
    await store.write([insert('sessions', session)])
    expect(await accounts.session(sessionCookie)).toBeUndefined()
  })

  it('LG-17 cookies of other shapes are not looked up', async () => {
    const { accounts, enter, store } = await people()
    const { sessionCookie } = await enter()
    const find = vi.spyOn(store, 'find')
    for (const cookie of [
      `${sessionCookie}A`,
      ` ${sessionCookie}`,
      `"${sessionCookie}"`,
      'x'.repeat(100_000),
    ]) {
      expect(await accounts.session(cookie)).toBeUndefined()
    }
    expect(find).not.toHaveBeenCalled()
  })

  it('SD-14 nothing matches nothing', async () => {
    const { accounts, event, events, platform, vault } = await people()
    expect(await accounts.session('')).toBeUndefined()
    expect(await accounts.session(undefined)).toBeUndefined()
    await accounts.endSession('', event)
    expect(events.filter(({ type }) => type === 'session.ended')).toEqual([])
    expect(csrfMatches(vault, csrfToken(vault, platform, '', ''), '', '')).toBe(false)
    expect(csrfMatches(vault, '', 'session', 'interaction')).toBe(false)
    expect(csrfMatches(vault, undefined, 'session', 'interaction')).toBe(false)
  })
})

describe('Attacks on accounts', () => {
  it('SD-15 of a hundred who take one name in many spellings, one gets it', async () => {
    const { accounts } = await people(cheapSettings({ passwords: { hashesWaiting: 200 } }))
    const spellings = ['bob@example.com', 'BOB@example.com', 'ｂob@example.com ', 'Bob@EXAMPLE.com']
    const attempts = times(100, (i) =>
      accounts.add({ email: spellings[i % 4] ?? '', password: new Secret(PASSWORD) }),
    )
    const outcomes = await Promise.allSettled(attempts)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await accounts.list({ limit: 10 })).toHaveLength(2)
  })
})
