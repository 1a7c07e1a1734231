/** Attacks on what remembers what was presented: DP-07 and CA-09, in memory, in the store and in Redis. */

import { beforeEach, describe, expect, it } from 'vitest'
import {
  CLOCKS_APART,
  LimitsUnavailable,
  localLimits,
  memoryReplays,
  type Presented,
  type ReplayCache,
} from 'warder/limits'
import type { Store } from 'warder/store'
import { type FakePlatform, fakePlatform } from 'warder/testing'
import { redisForTests, until } from './support/redis.ts'
import { onServers } from './support/servers.ts'
import { testStore } from './support/test-store.ts'

const redis = redisForTests()

/** One or several replay caches that know the same. */
interface Rig {
  readonly caches: readonly ReplayCache[]
  readonly platform: FakePlatform
}

async function inMemory(): Promise<Rig> {
  const platform = fakePlatform()
  return { caches: [memoryReplays({ platform })], platform }
}

async function inStore(): Promise<Rig> {
  const platform = fakePlatform()
  const store = await testStore()
  const cache = () => localLimits({ store, platform }).replays
  return { caches: [cache(), cache()], platform }
}

async function inRedis(): Promise<Rig> {
  const { limits, store, platform } = await redis.process()
  const other = await redis.process({ store, platform })
  return { caches: [limits.replays, other.limits.replays], platform }
}

let proofs = 0

/** A proof that nobody has presented, made now and good for a minute. */
const proof = (platform: FakePlatform, changes: Partial<Presented> = {}): Presented => ({
  kind: 'dpop',
  parts: ['a thumbprint', `jti ${++proofs}`],
  issuedAt: platform.now(),
  expiresAt: platform.now() + 60_000,
  ...changes,
})

const kinds = [
  { name: 'in memory', make: inMemory },
  { name: 'in the store', make: inStore },
  ...(onServers ? [{ name: 'in Redis', make: inRedis }] : []),
]

for (const { name, make } of kinds) {
  describe(`Attacks on a replay cache ${name}`, () => {
    it('DP-07 what was presented is refused from then on, wherever it comes', async () => {
      const { caches, platform } = await make()
      const presented = proof(platform)
      const [first, ...rest] = [...caches, ...caches]
      expect(await first?.claim(presented)).toBe(true)
      for (const cache of rest) expect(await cache.claim(presented)).toBe(false)
    })

    it('DP-07 CA-09 a hundred at once: one is accepted', async () => {
      const { caches, platform } = await make()
      const presented = proof(platform)
      const claims = caches.flatMap((cache) =>
        Array.from({ length: 100 / caches.length }, () => cache.claim(presented)),
      )
      expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1)
    })

    it('SD-02 the same words of another kind, or parted elsewhere, are something else', async () => {
      const { caches, platform } = await make()
      const presented = proof(platform, { parts: ['ab', `c${++proofs}`] })
      const others: Partial<Presented>[] = [
        {},
        { kind: 'assertion' },
        { parts: ['a', `bc${proofs}`] },
        { parts: [`abc${proofs}`] },
        { kind: 'dpopa', parts: ['b', `c${proofs}`] },
        { parts: [...presented.parts, ''] },
      ]
      for (const other of others) {
        expect(await caches[0]?.claim({ ...presented, ...other })).toBe(true)
      }
    })

    it('DP-07 a jti of ten thousand characters takes no more room than a short one', async () => {
      const { caches, platform } = await make()
      const long = proof(platform, { parts: ['a thumbprint', 'x'.repeat(10_000) + ++proofs] })
      expect(await caches[0]?.claim(long)).toBe(true)
      expect(await caches.at(-1)?.claim(long)).toBe(false)
    })

    it('DP-07 until its own time refuses it, it is remembered; after that, it is refused', async () => {
      const { caches, platform } = await make()
      const presented = proof(platform)
      await caches[0]?.claim(presented)
      platform.advance(59_999)
      expect(await caches[0]?.claim(presented)).toBe(false)
      platform.advance(2)
      expect(await caches[0]?.claim(presented)).toBe(false)
      expect(await caches[0]?.claim(proof(platform, { expiresAt: platform.now() }))).toBe(false)
    })

    it('DP-07 a process whose clock is behind does not take it for new', async () => {
      const { caches, platform } = await make()
      const presented = proof(platform)
      await caches[0]?.claim(presented)
      // Others have come and gone meanwhile, and what is over has been tidied away.
      platform.advance(60_000 + CLOCKS_APART - 1)
      for (let i = 0; i < 10; i++) await caches[0]?.claim(proof(platform))
      platform.advance(-CLOCKS_APART)
      expect(await caches.at(-1)?.claim(presented)).toBe(false)
    })
  })
}

describe('Attacks on a replay cache in memory, by number', () => {
  it('DP-07 it is bounded: when it is full nothing is let in, and nothing is forgotten', async () => {
    const platform = fakePlatform()
    const cache = memoryReplays({ platform, maxEntries: 100 })
    const first = proof(platform)
    expect(await cache.claim(first)).toBe(true)
    for (let i = 1; i < 100; i++) expect(await cache.claim(proof(platform))).toBe(true)
    await expect(cache.claim(proof(platform))).rejects.toThrow(LimitsUnavailable)
    expect(await cache.claim(first)).toBe(false)
    platform.advance(60_000 + CLOCKS_APART)
    expect(await cache.claim(proof(platform))).toBe(true)
  })

  it('DP-07 what is over is forgotten while others come', async () => {
    const platform = fakePlatform()
    const cache = memoryReplays({ platform, maxEntries: 1_000 })
    for (let i = 0; i < 5_000; i++) {
      platform.advance(200)
      expect(await cache.claim(proof(platform))).toBe(true)
    }
  })

  it('FT-14 after a restart it refuses what may have been presented before', async () => {
    const platform = fakePlatform()
    const before = proof(platform)
    await memoryReplays({ platform }).claim(before)
    platform.advance(1)
    const restarted = memoryReplays({ platform })
    expect(await restarted.claim(before)).toBe(false)
    expect(await restarted.claim(proof(platform))).toBe(true)
  })
})

describe('Attacks on a replay cache in the store', () => {
  it('FT-10 after a restart it still refuses, and takes what is new without a pause', async () => {
    const platform = fakePlatform()
    const store = await testStore()
    const presented = proof(platform)
    const unseen = proof(platform)
    expect(await localLimits({ store, platform }).replays.claim(presented)).toBe(true)
    platform.advance(1)
    const restarted = localLimits({ store, platform }).replays
    expect(await restarted.claim(presented)).toBe(false)
    expect(await restarted.claim(unseen)).toBe(true)
  })

  it('SD-07 its rows are digests, and are swept when nobody could take them for new', async () => {
    const platform = fakePlatform()
    const store = await testStore()
    await localLimits({ store, platform }).replays.claim(proof(platform))
    const [row] = await store.list('replays', {}, { limit: 2 })
    expect(row?.id).toMatch(/^[\w-]{43}$/)
    platform.advance(60_000 + CLOCKS_APART - 1)
    expect(await store.sweep(platform.now(), 10)).toBe(0)
    platform.advance(1)
    expect(await store.sweep(platform.now(), 10)).toBe(1)
  })
})

if (onServers)
  describe('Attacks on a replay cache in Redis that loses what it knew', () => {
    beforeEach(() => redis.command('FLUSHALL'))

    /** A process whose cache has seen one proof, and one that it has not. */
    async function seen(given?: Store) {
      const store = given ?? (await testStore())
      const process = await redis.process({ store })
      const { limits, platform } = process
      const presented = proof(platform)
      const unseen = proof(platform)
      expect(await limits.replays.claim(presented)).toBe(true)
      return { ...process, presented, unseen }
    }
    const isBack = (process: { readonly events: readonly { readonly type: string }[] }) =>
      until(() => process.events.at(-1)?.type === 'limits.back', 'Redis is back')

    /** The old are refused whether or not they were seen: nobody knows any more. The new are not. */
    async function expectGuarded({
      limits,
      platform,
      presented,
      unseen,
    }: Awaited<ReturnType<typeof seen>>) {
      expect(await limits.replays.claim(presented)).toBe(false)
      expect(await limits.replays.claim(unseen)).toBe(false)
      platform.set(Date.now() + 1_000)
      const fresh = proof(platform)
      expect(await limits.replays.claim(fresh)).toBe(true)
      expect(await limits.replays.claim(fresh)).toBe(false)
    }

    it('FT-14 killed and restarted empty', async () => {
      const rig = await seen()
      await redis.service().halt('SIGKILL')
      await redis.service().start()
      await isBack(rig)
      await expectGuarded(rig)
    })

    it('FT-14 restarted from a snapshot that is older than the last claims', async () => {
      const store = await testStore()
      await seen(store)
      await redis.command('SAVE')
      const rig = await seen(store)
      await redis.service().halt('SIGKILL')
      await redis.service().start()
      await isBack(rig)
      // The marker came back with the snapshot; the last claim did not.
      expect(await redis.command('GET', 'warder:https://as.test:replays:since')).not.toBe(null)
      await expectGuarded(rig)
    })

    it('SD-07 emptied while it runs', async () => {
      const rig = await seen()
      await redis.command('FLUSHALL')
      await expectGuarded(rig)
    })

    it('FT-14 left for the store, and come back to', async () => {
      const store = await testStore()
      const rig = await seen(store)
      const meanwhile = localLimits({ store, platform: rig.platform }).replays
      expect(await meanwhile.claim(rig.presented)).toBe(false)
      rig.platform.set(Date.now() + 10)
      const inBetween = proof(rig.platform)
      expect(await meanwhile.claim(inBetween)).toBe(true)
      const back = await redis.process({ store, platform: rig.platform })
      expect(await back.limits.replays.claim(inBetween)).toBe(false)
      rig.platform.set(Date.now() + 1_000)
      expect(await back.limits.replays.claim(proof(rig.platform))).toBe(true)
    })

    it('FT-14 many processes find it empty at once, and agree', async () => {
      const store = await testStore()
      await seen(store)
      const processes = await Promise.all(Array.from({ length: 8 }, () => redis.process({ store })))
      await redis.command('FLUSHALL')
      const later = Date.now() + 5_000
      const presented = proof(fakePlatform(later))
      const claims = await Promise.all(
        processes.flatMap(({ limits }) =>
          Array.from({ length: 10 }, () => limits.replays.claim(presented)),
        ),
      )
      expect(claims.filter(Boolean)).toHaveLength(1)
    })

    it('FT-24 a process whose clock is ten minutes behind cannot take what is over for new', async () => {
      const { store } = await seen()
      const platform = fakePlatform(Date.now() - 600_000, 99)
      const { limits, events } = await redis.process({ store, platform })
      expect(await limits.replays.claim(proof(platform))).toBe(false)
      expect(events).toEqual([])
    })

    it('FT-13 while it is away nothing is taken for new', async () => {
      const { limits, platform } = await redis.process()
      await redis.service().halt('SIGKILL')
      await expect(limits.replays.claim(proof(platform))).rejects.toThrow(LimitsUnavailable)
      await redis.service().start()
    })
  })
