import { describe, expect, it } from 'vitest'
import { createPool } from './hash-pool.ts'

/** Work that ends when it is told to. */
function work(log: string[], name: string) {
  let end = (_: Error | undefined): void => undefined
  const ended = new Promise<string>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve(name) : reject(error))
  })
  const run = () => {
    log.push(name)
    return ended
  }
  return { run, succeed: () => end(undefined), fail: () => end(new Error(name)) }
}

/** Lets everything that is ready go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('A pool', () => {
  it('runs so many at once, the others in their order, and turns the rest away', async () => {
    const log: string[] = []
    const pool = createPool({ running: 2, waiting: 1 })
    const [a, b, c, d] = [work(log, 'a'), work(log, 'b'), work(log, 'c'), work(log, 'd')]
    const done = [pool.run(a.run), pool.run(b.run), pool.run(c.run)]
    await expect(pool.run(d.run)).rejects.toMatchObject({ code: 'temporarily_unavailable' })
    expect(log).toEqual(['a', 'b'])
    b.succeed()
    await settle()
    expect(log).toEqual(['a', 'b', 'c'])
    a.succeed()
    c.succeed()
    expect(await Promise.all(done)).toEqual(['a', 'b', 'c'])
  })

  it('gives a place back when work fails', async () => {
    const log: string[] = []
    const pool = createPool({ running: 1, waiting: 1 })
    const [a, b] = [work(log, 'a'), work(log, 'b')]
    const first = pool.run(a.run)
    const second = pool.run(b.run)
    a.fail()
    b.succeed()
    await expect(first).rejects.toThrow('a')
    await expect(second).resolves.toBe('b')
    await expect(pool.run(async () => 'c')).resolves.toBe('c')
  })

  it('lets nobody overtake those who wait', async () => {
    const log: string[] = []
    const pool = createPool({ running: 1, waiting: 2 })
    const [a, b, c] = [work(log, 'a'), work(log, 'b'), work(log, 'c')]
    const first = pool.run(a.run)
    const second = pool.run(b.run)
    a.succeed()
    await first
    const third = pool.run(c.run)
    await settle()
    expect(log).toEqual(['a', 'b'])
    b.succeed()
    c.succeed()
    await Promise.all([second, third])
    expect(log).toEqual(['a', 'b', 'c'])
  })
})
