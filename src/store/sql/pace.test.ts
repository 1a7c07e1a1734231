import { expect, it } from 'vitest'
import { restAfter } from './pace.ts'

it('What could wait rests for thrice as long as it worked, and for a second at most', async () => {
  const rests: number[] = []
  const timers = {
    after(delayMs: number, run: () => void) {
      rests.push(delayMs)
      run()
      return () => {}
    },
  }
  await restAfter(2, timers)
  await restAfter(60_000, timers)
  expect(rests).toEqual([6, 1_000])
})
