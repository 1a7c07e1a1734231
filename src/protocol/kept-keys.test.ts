import { describe, expect, it } from 'vitest'
import type { VerificationKey } from './jwt.ts'
import { keepKeys } from './kept-keys.ts'
import type { NowOrLater } from './now-or-later.ts'

const key = (kid: string): VerificationKey => ({ kid, alg: 'ES256', verify: () => true })
const known = { alg: 'ES256', kid: 'known' }

/** Keys of an issuer that answers when the test says so. */
function slowIssuer() {
  let time = 1_000_000
  let isSlow = false
  const answers: ((keys: readonly VerificationKey[]) => void)[] = []
  const waiting: (() => void)[] = []
  const { find } = keepKeys({
    now: () => time,
    timers: {
      after(delayMs, run) {
        expect(delayMs).toBe(1_000)
        waiting.push(run)
        return () => waiting.splice(waiting.indexOf(run), 1)
      },
    },
    load: async () => {
      if (!isSlow) return [key('known')]
      return new Promise<readonly VerificationKey[]>((resolve) => answers.push(resolve))
    },
  })
  return {
    find,
    /** Until keys that were just got are not taken for new any more, and their issuer does not answer. */
    falterAfter(milliseconds: number) {
      time += milliseconds
      isSlow = true
    },
    answer: (...kids: readonly string[]) => answers.shift()?.(kids.map(key)),
    aSecondLater() {
      for (const run of waiting.splice(0)) run()
    },
    asked: () => answers.length,
    timers: () => waiting.length,
  }
}

/** Whether somebody was served yet, and with which key. */
function served(found: NowOrLater<VerificationKey | undefined>) {
  const serving = { isOver: false, key: Promise.resolve(found) }
  const over = () => {
    serving.isOver = true
  }
  void serving.key.then(over, over)
  return serving
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('Keys whose issuer does not answer', () => {
  it('FT-21 serve those who know them after a second, and whoever comes then at once', async () => {
    const { find, falterAfter, aSecondLater, asked } = slowIssuer()
    await find(known)
    falterAfter(300_000)
    const first = served(find(known))
    await settled()
    expect(first.isOver).toBe(false)
    aSecondLater()
    expect((await first.key)?.kid).toBe('known')
    expect((await find(known))?.kid).toBe('known')
    expect(asked()).toBe(1)
  })

  it('FT-21 do not serve who does not know them before there is an answer', async () => {
    const { find, falterAfter, aSecondLater, answer } = slowIssuer()
    await find(known)
    falterAfter(300_000)
    const stranger = served(find({ alg: 'ES256', kid: 'next' }))
    aSecondLater()
    await settled()
    expect(stranger.isOver).toBe(false)
    answer('known', 'next')
    expect((await stranger.key)?.kid).toBe('next')
  })

  it('FT-23 do not serve at all once an answer within the second has left them out', async () => {
    const { find, falterAfter, answer, timers } = slowIssuer()
    await find(known)
    falterAfter(300_000)
    const late = find(known)
    await settled()
    answer('other')
    expect(await late).toBeUndefined()
    expect(timers()).toBe(0)
  })

  it('FT-21 serve nobody who has not asked for ten minutes before there is an answer', async () => {
    const { find, falterAfter, aSecondLater, answer } = slowIssuer()
    await find(known)
    falterAfter(600_000)
    const late = served(find(known))
    await settled()
    aSecondLater()
    await settled()
    expect(late.isOver).toBe(false)
    answer('other')
    expect(await late.key).toBeUndefined()
  })

  it('FT-21 serve nobody after an hour', async () => {
    const { find, falterAfter, aSecondLater, answer } = slowIssuer()
    await find(known)
    falterAfter(3_600_000)
    const late = served(find(known))
    await settled()
    aSecondLater()
    await settled()
    expect(late.isOver).toBe(false)
    answer()
    await late.key.catch(() => {})
  })
})
