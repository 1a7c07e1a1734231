import { describe, expect, it } from 'vitest'
import { memoryGrantStore } from '../client/grants/memory.ts'
import type { GrantStore } from '../client/kept-grant.ts'
import { grantStoreContract } from './grant-store-contract.ts'

/** The names of the cases that a kind of store fails. */
async function failures(open: () => GrantStore): Promise<string[]> {
  const failed: string[] = []
  for (const { name, run } of grantStoreContract()) {
    await run(open()).catch(() => failed.push(name))
  }
  return failed
}

/** A store in memory with some of its verbs replaced. */
const faulty = (faults: (sound: GrantStore) => Partial<GrantStore>) => (): GrantStore => {
  const sound = memoryGrantStore()
  return { ...sound, ...faults(sound) }
}

/** Stores that are almost right, and a case that must notice. */
const almostRight: readonly (readonly [fault: string, open: () => GrantStore, noticed: RegExp])[] =
  [
    [
      'decides about what was kept before it waited',
      faulty((sound) => ({
        async decide(key, decide) {
          const decision = await decide(await sound.grant(key))
          return sound.decide(key, async () => decision)
        },
      })),
      /^CL-15/,
    ],
    [
      'has one lock for all',
      faulty((sound) => {
        let isHeld = false
        return {
          async decide(key, decide) {
            if (isHeld) throw new Error('would wait for ever')
            isHeld = true
            try {
              return await sound.decide(key, decide)
            } finally {
              isHeld = false
            }
          },
        }
      }),
      /can wait for one about another$/,
    ],
    [
      'forgets what a decision that failed was about',
      faulty((sound) => ({
        decide: (key, decide) =>
          sound.decide(key, decide).catch(() => sound.decide(key, async () => ({ forget: true }))),
      })),
      /fails changes nothing/,
    ],
    [
      'does not tell accounts apart',
      faulty((sound) => ({
        grant: (key) => sound.grant({ ...key, account: key.account.toLowerCase() }),
        decide: (key, decide) =>
          sound.decide({ ...key, account: key.account.toLowerCase() }, decide),
      })),
      /^CL-20/,
    ],
    [
      'drops the key that tokens are bound to',
      faulty((sound) => ({
        async grant(key) {
          const kept = await sound.grant(key)
          if (kept === undefined) return undefined
          const { dpopKey: _, ...rest } = kept
          return rest
        },
      })),
      /with everything that was kept/,
    ],
    [
      'lists what was forgotten',
      faulty((sound) => ({
        async grants() {
          const [first] = await sound.grants()
          return first === undefined ? [] : [...(await sound.grants()), first]
        },
      })),
      /^all grants are listed/,
    ],
    [
      'takes issuers that differ in a slash for one',
      faulty((sound) => ({
        registration: (issuer) => sound.registration(issuer.replace(/\/$/, '')),
        register: (one) => sound.register({ ...one, issuer: one.issuer.replace(/\/$/, '') }),
      })),
      /^a registration is found/,
    ],
    [
      'forgets all of an issuer with its registration',
      faulty((sound) => ({
        async unregister(issuer) {
          await sound.unregister(issuer)
          const granted = await sound.grants()
          for (const { key } of granted.filter((each) => each.key.issuer === issuer))
            await sound.decide(key, async () => ({ forget: true }))
        },
      })),
      /forgets no grant$/,
    ],
  ]

describe('The contract of grant stores', () => {
  it('is passed by the store in memory', async () => {
    expect(await failures(memoryGrantStore)).toEqual([])
  })

  it.each(almostRight)('is failed by a store that %s', async (_, open, noticed) => {
    expect(await failures(open)).toContainEqual(expect.stringMatching(noticed))
  })

  it('has no two cases of one name', () => {
    const names = grantStoreContract().map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})
