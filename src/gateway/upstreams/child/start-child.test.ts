import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { systemTimers, type Timers } from '../../../timers.ts'
import { type ChildExit, type ChildOptions, closeAllChildren, startChild } from './index.ts'

const server = fileURLToPath(new URL('../../../../spec/fixtures/stdio-server.mjs', import.meta.url))

afterEach(() => closeAllChildren(0))

/** Timers that are in a hurry. */
const hasty: Timers = { after: (delayMs, run) => systemTimers.after(delayMs / 50, run) }

/** A child of the fixture, what it said, and a way to wait for an answer. */
function start(options: Partial<ChildOptions> = {}) {
  const messages: unknown[] = []
  const ends: ChildExit[] = []
  let heard = () => {}
  const child = startChild({
    command: [process.execPath, server],
    onMessage(message) {
      messages.push(message)
      heard()
    },
    onExit: (exit) => ends.push(exit),
    ...options,
  })
  /** Settles when there are `count` messages. */
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      heard = () => {
        if (messages.length >= count) resolve()
      }
      heard()
    })
  return { child, messages, ends, until }
}

describe('startChild', () => {
  it('is a child that has exited if the program cannot be started', async () => {
    const { child, ends } = start({ command: ['no-such-program'] })
    expect(child.pid).toBeUndefined()
    await expect(child.send({})).rejects.toMatchObject({ code: 'child_not_started' })
    await child.close()
    const exit = await child.exited
    expect(exit.reason).toContain('no-such-program')
    expect(ends).toEqual([exit])
  })

  it('delivers the last words of a child that exits, and then its end, once', async () => {
    const order: unknown[] = []
    const { child } = start({
      command: ['/bin/sh', '-c', 'printf \'{"id":1}\\n{"id":2}\'; exit 7'],
      onMessage: (message) => void order.push(message),
      onExit: ({ code, reason, asked }) => order.push({ code, reason, asked }),
    })
    await child.exited
    await child.close()
    const end = { code: 7, reason: 'it exited with code 7', asked: false }
    expect(order).toEqual([{ id: 1 }, { id: 2 }, end])
    await expect(child.send({})).rejects.toMatchObject({ code: 'child_gone' })
  })

  it('delivers all of them, however slowly they are taken, as long as the pipes are open', async () => {
    const taken: unknown[] = []
    const { child, ends } = start({
      command: [
        '/bin/sh',
        '-c',
        'i=0; while [ $i -lt 50 ]; do echo "{\\"i\\":$i}"; i=$((i+1)); done',
      ],
      async onMessage(message) {
        await new Promise((resolve) => setImmediate(resolve))
        taken.push(message)
      },
    })
    await child.exited
    expect(taken).toEqual(Array.from({ length: 50 }, (_, i) => ({ i })))
    expect(ends).toHaveLength(1)
  })

  it('delivers nothing after the end', async () => {
    let release = () => {}
    const order: unknown[] = []
    const { child } = start({
      command: ['/bin/sh', '-c', 'echo "{\\"i\\":1}"; echo "{\\"i\\":2}"'],
      timers: hasty,
      onMessage(message) {
        order.push(message)
        return new Promise<void>((resolve) => {
          release = resolve
        })
      },
      onExit: () => order.push('end'),
    })
    await child.exited
    release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(order).toEqual([{ i: 1 }, 'end'])
  })

  it('knows an end that was asked for', async () => {
    const { child, ends } = start()
    const closing = child.close()
    await expect(child.send({})).rejects.toMatchObject({ code: 'child_gone' })
    await Promise.all([closing, child.close()])
    expect(ends).toMatchObject([{ code: 0, signal: null, asked: true }])
  })

  it('ends a child that says nothing in time, counted from the first message to it', async () => {
    const { child, ends, until } = start({ startTimeoutMs: 50 })
    await child.send({ id: 1, method: 'hang' })
    await child.exited
    await until(0)
    expect(ends).toMatchObject([{ signal: 'SIGKILL', reason: 'it said nothing for 50 ms' }])
  })

  it('leaves a child alone that has spoken, or that nobody has spoken to', async () => {
    const due: number[] = []
    const timers: Timers = {
      after(delayMs) {
        due.push(delayMs)
        return () => {}
      },
    }
    const { child, messages, until } = start({ startTimeoutMs: 77, timers })
    expect(due).toEqual([])
    await child.send({ id: 1, method: 'echo', params: 'a' })
    await child.send({ id: 2, method: 'echo', params: 'b' })
    await until(2)
    expect(messages).toHaveLength(2)
    expect(due.filter((delay) => delay === 77)).toHaveLength(1)
  })

  it('ends a child that closes its stdout, for it can never answer', async () => {
    const { child } = start({ timers: hasty })
    await child.send({ method: 'mute' })
    const exit = await child.exited
    expect(exit).toMatchObject({ reason: 'it closed its stdout', asked: false })
  })

  it('ends only the child whose message could not be handled, and says why', async () => {
    const bystander = start()
    const fault = new Error('a faulty consumer')
    const { child } = start({
      onMessage() {
        throw fault
      },
    })
    await child.send({ id: 1, method: 'echo', params: null })
    const exit = await child.exited
    expect(exit.reason).toBe('its output could not be handled')
    expect(exit.error.cause).toBe(fault)
    await bystander.child.send({ id: 1, method: 'echo', params: 'well' })
    await bystander.until(1)
    expect(bystander.messages).toEqual([{ id: 1, result: 'well' }])
  })

  it('does not lose a fault in the handling of the last words', async () => {
    const fault = new Error('a faulty consumer')
    const { child } = start({
      command: ['/bin/sh', '-c', 'echo "{}"'],
      async onMessage() {
        await expect.poll(() => existsSync(`/proc/${child.pid}`)).toBe(false)
        throw fault
      },
    })
    expect((await child.exited).error.cause).toBe(fault)
  })

  it('reads nothing more while a message is being dealt with', async () => {
    let taken = 0
    let first = () => {}
    const firstTaken = new Promise<void>((resolve) => {
      first = resolve
    })
    const { child } = start({
      timers: hasty,
      onMessage() {
        taken += 1
        first()
        return new Promise<void>(() => {})
      },
    })
    const before = process.memoryUsage().arrayBuffers
    await child.send({ id: 1, method: 'stream', params: { count: 20_000 } })
    await firstTaken
    // A second child that starts and answers gives the first ample time to run ahead.
    const other = start()
    await other.child.send({ id: 1, method: 'echo', params: null })
    await other.until(1)
    expect(taken).toBe(1)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024)
  })

  it('reports a flood of garbage in powers of two, and hears the message in it', async () => {
    const reports: string[] = []
    const { child, messages, until } = start({ onDrop: (reason) => reports.push(reason) })
    const garbage = Buffer.from('garbage\n'.repeat(1000)).toString('base64')
    await child.send({ id: 1, method: 'raw', params: { chunks: [garbage] } })
    await until(1)
    expect(messages).toEqual([{ id: 1, result: 'written' }])
    expect(reports).toHaveLength(10)
    expect(reports.at(-1)).toBe(
      'a line of 7 bytes cannot be read: The text is not JSON. (512 dropped so far)',
    )
  })

  it('shows stderr line by line, without secrets, and cut-off lines only by length', async () => {
    const log: string[] = []
    const { child, until } = start({
      env: { KEY: 'configured-value' },
      onStderr: (line) => log.push(line),
    })
    const text = `up\r\n\n\u001b[31mkey configured-value\n${'x'.repeat(9000)}\ntoken=abc`
    await child.send({ id: 1, method: 'log', params: { text } })
    await until(1)
    await child.close()
    expect(log).toEqual([
      'up',
      '\\u{1b}[31mkey [redacted]',
      '[a line of 9000 bytes is too long]',
      expect.stringMatching(/^token=\[redacted:secret:[\da-f]{8}\]$/),
    ])
  })
})
