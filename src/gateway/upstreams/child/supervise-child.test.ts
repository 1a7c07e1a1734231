import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { closeAllChildren, type SupervisedOptions, superviseChild } from './index.ts'

const server = fileURLToPath(new URL('../../../../spec/fixtures/stdio-server.mjs', import.meta.url))

afterEach(() => closeAllChildren(0))

/** A supervised child whose waits end when told to; chance is always nought. */
function supervise(options: Partial<SupervisedOptions> = {}) {
  let now = Date.UTC(2030, 0, 1)
  const waits: { delayMs: number; run: () => void; calledOff: boolean }[] = []
  const signals = { exit: () => {}, start: () => {}, message: () => {} }
  const generations: number[] = []
  const child = superviseChild({
    command: ['/bin/sh', '-c', 'exit 3'],
    platform: { now: () => now, random: (length) => new Uint8Array(length) },
    timers: {
      after(delayMs, run) {
        const wait = { delayMs, run, calledOff: false }
        waits.push(wait)
        return () => {
          wait.calledOff = true
        }
      },
    },
    onMessage: () => signals.message(),
    onExit: () => signals.exit(),
    onStart({ generation }) {
      generations.push(generation)
      signals.start()
    },
    ...options,
  })
  const next = (signal: keyof typeof signals) =>
    new Promise<void>((resolve) => {
      signals[signal] = resolve
    })
  return {
    child,
    waits,
    generations,
    next,
    pass: (ms: number) => {
      now += ms
    },
    /** The restart that is due. */
    restart: () => waits.findLast(({ calledOff }) => !calledOff),
  }
}

describe('superviseChild', () => {
  it('waits longer after each crash, and never starts by itself before that', async () => {
    const { next, restart, generations, child } = supervise()
    const delays: (number | undefined)[] = []
    for (let crash = 0; crash < 10; crash++) {
      await next('exit')
      delays.push(restart()?.delayMs)
      expect(child.generation).toBe(crash + 1)
      restart()?.run()
    }
    expect(delays).toEqual([125, 250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
    expect(generations).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].slice(0, generations.length))
  })

  it('fails fast while it is down, and says when the next start is due', async () => {
    const { child, next } = supervise()
    await next('exit')
    expect(child.pid).toBeUndefined()
    await expect(child.send({})).rejects.toMatchObject({
      code: 'child_restarting',
      retryAt: Date.UTC(2030, 0, 1) + 125,
      detail: 'the next start is due at 2030-01-01T00:00:00.125Z',
    })
  })

  it('takes messages again after the restart, from the moment onStart is called', async () => {
    const { child, next, restart } = supervise({ command: [process.execPath, server] })
    await next('start')
    const first = child.pid
    await child.send({ method: 'exit', params: { code: 1 } })
    await next('exit')
    const started = next('start')
    restart()?.run()
    await started
    const answered = next('message')
    await child.send({ id: 1, method: 'echo', params: null })
    await answered
    expect(child.generation).toBe(2)
    expect(child.pid).not.toBe(first)
  })

  it('starts over with the first wait when a child lived long enough', async () => {
    const { next, restart, pass } = supervise({ backoff: { resetAfterMs: 10_000 } })
    await next('exit')
    restart()?.run()
    await next('exit')
    expect(restart()?.delayMs).toBe(250)
    restart()?.run()
    pass(10_000)
    await next('exit')
    expect(restart()?.delayMs).toBe(125)
  })

  it('goes on trying a program that cannot be started, without counting it as a start', async () => {
    const { child, next, restart } = supervise({ command: ['no-such-program'] })
    await expect(child.send({})).rejects.toMatchObject({ code: 'child_not_started' })
    await expect(child.send({})).rejects.toMatchObject({ code: 'child_restarting' })
    restart()?.run()
    await next('exit')
    expect(restart()?.delayMs).toBe(250)
    expect(child.generation).toBe(0)
  })

  it('is not started again once it is closed, be it up or down', async () => {
    const up = supervise({ command: ['cat'] })
    await up.child.close()
    expect(up.waits.every(({ calledOff }) => calledOff)).toBe(true)
    await expect(up.child.send({})).rejects.toMatchObject({ code: 'child_gone' })

    const down = supervise()
    await down.next('exit')
    expect(down.restart()).toBeDefined()
    await closeAllChildren()
    expect(down.restart()).toBeUndefined()
    await expect(down.child.send({})).rejects.toMatchObject({ code: 'child_gone' })
  })
})
