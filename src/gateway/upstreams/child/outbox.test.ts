import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { ChildError } from './child-error.ts'
import { Outbox } from './outbox.ts'

/** A pipe that takes a line only when told to, and timers that fire only when told to. */
function setUp(maxPendingBytes = 10_000) {
  const written: string[] = []
  const takes: ((error?: Error) => void)[] = []
  const stdin = new Writable({
    write(chunk, _encoding, taken) {
      written.push(String(chunk))
      takes.push(taken)
    },
  })
  stdin.on('error', () => {})
  const due = new Set<() => void>()
  const timers = {
    after(_delayMs: number, run: () => void) {
      due.add(run)
      return () => due.delete(run)
    },
  }
  const outbox = new Outbox(stdin, { maxPendingBytes, sendTimeoutMs: 5_000, timers })
  return { stdin, outbox, written, due, take: (error?: Error) => takes.shift()?.(error) }
}

/** Lets everything that is ready settle. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('Outbox', () => {
  it('hands over one line at a time, in order, and settles each when it is taken', async () => {
    const { outbox, written, take, due } = setUp()
    const settled: string[] = []
    const sends = ['a\n', 'b\n'].map((line) => outbox.send(line).then(() => settled.push(line)))
    await settle()
    expect([written, settled]).toEqual([['a\n'], []])
    take()
    await settle()
    expect([written, settled]).toEqual([['a\n', 'b\n'], ['a\n']])
    take()
    await Promise.all(sends)
    expect(due.size).toBe(0)
  })

  it('refuses at once what would be too much, until the pipe has taken something', async () => {
    const { outbox, take, written } = setUp(1_000)
    const first = outbox.send('x'.repeat(700))
    await expect(outbox.send('y')).rejects.toMatchObject({ code: 'child_blocked' })
    take()
    await first
    const second = outbox.send('z')
    take()
    await second
    expect(written).toEqual(['x'.repeat(700), 'z'])
  })

  it('bounds many small lines too', async () => {
    const { outbox } = setUp(100_000)
    const sends = Promise.allSettled(Array.from({ length: 2_000 }, () => outbox.send('\n')))
    outbox.close(new ChildError('child_gone'))
    const results = await sends
    const codes = results.map((result) => result.status === 'rejected' && result.reason.code)
    expect(codes.filter((code) => code === 'child_gone')).toHaveLength(389)
    expect(codes.filter((code) => code === 'child_blocked')).toHaveLength(1_611)
  })

  it('takes back a line whose time is up before its turn came', async () => {
    const { outbox, due, written, take } = setUp()
    const first = outbox.send('first')
    const second = outbox.send('second')
    const third = outbox.send('third')
    ;[...due][1]?.()
    await expect(second).rejects.toMatchObject({
      code: 'child_blocked',
      detail: 'it has not read for 5000 ms',
    })
    take()
    await first
    take()
    await third
    expect(written).toEqual(['first', 'third'])
  })

  it('goes on counting a line that is half written when its time is up', async () => {
    const { outbox, due, take } = setUp(1_000)
    const first = outbox.send('x'.repeat(700))
    for (const run of due) run()
    await expect(first).rejects.toMatchObject({ code: 'child_blocked' })
    await expect(outbox.send('y')).rejects.toMatchObject({ code: 'child_blocked' })
    take()
    const second = outbox.send('z')
    take()
    await second
  })

  it('rejects everything with the error it is closed with, and calls off every timer', async () => {
    const { outbox, due, stdin } = setUp()
    const gone = new ChildError('child_gone')
    const sends = Promise.allSettled([outbox.send('a'), outbox.send('b')])
    outbox.close(gone)
    outbox.close(new ChildError('child_blocked'))
    const rejected = { status: 'rejected', reason: gone }
    expect(await sends).toEqual([rejected, rejected])
    await expect(outbox.send('c')).rejects.toBe(gone)
    expect(due.size).toBe(0)
    expect(stdin.writableEnded).toBe(true)
  })

  it('says that the child is gone when the pipe breaks', async () => {
    const { outbox, take } = setUp()
    const send = outbox.send('a')
    take(new Error('EPIPE'))
    await expect(send).rejects.toMatchObject({ code: 'child_gone' })
  })
})
