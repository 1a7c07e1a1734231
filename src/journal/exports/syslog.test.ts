import { createSocket } from 'node:dgram'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { WarderEvent } from '../../events.ts'
import { systemTimers } from '../../timers.ts'
import { auditSettings } from '../settings.ts'
import { openExports } from './index.ts'
import { syslogMessage } from './syslog-message.ts'

const event: WarderEvent = {
  id: '1',
  at: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  type: 'login.failed',
  correlationId: 'c',
  reason: 'wrong credentials',
}
const sender = { facility: 'authpriv', hostname: 'host', processId: 7 } as const

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

describe('A syslog message (RFC 5424)', () => {
  it('§6 has its priority, version, time, host, program, process and type', () => {
    expect(syslogMessage(event, sender)).toBe(
      `<84>1 2026-01-02T03:04:05.006Z host warder 7 login.failed - ${JSON.stringify(event)}`,
    )
  })

  it.each([
    ['info', 'token.issued', 86],
    ['warn', 'login.failed', 84],
    ['error', 'token.reused', 83],
  ] as const)('§6.2.1 tells the severity of %s', (_, type, priority) => {
    expect(syslogMessage({ ...event, type }, sender)).toMatch(new RegExp(`^<${priority}>1 `))
  })

  it('UI-07 is one line of printable ASCII, whatever callers send, and JSON still', () => {
    const reason = 'a\r\n<34>1 - forged\u0000\u007f\u009b\u202e\u2028 ü 😀 \ud800 "}'
    const message = syslogMessage({ ...event, reason }, { ...sender, hostname: 'my host\n' })
    expect(message).toMatch(/^[\x20-\x7e]*$/)
    expect(message).toContain(' myhost warder ')
    expect(JSON.parse(message.slice(message.indexOf('{')))).toEqual({ ...event, reason })
  })

  it('§6.1 is cut in its texts, not in its JSON, where it would be too long', () => {
    const long = 'x'.repeat(2_000)
    const fields = { reason: long, tool: long, scope: long, resource: long, userAgent: long }
    const message = syslogMessage({ ...event, ...fields }, sender)
    expect(message.length).toBeLessThan(8_192)
    expect(JSON.parse(message.slice(message.indexOf('{')))).toMatchObject({ id: '1' })
  })
})

/** A server that collects what it is sent, and can be stopped and started on its address. */
async function receiver(listen: { port: number; host: string } | { path: string }) {
  const chunks: Buffer[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(listen, resolve))
  const stop = () => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  }
  undo.push(stop)
  /** The messages so far, as RFC 6587 §3.4.1 has them parted. */
  const messages = () => {
    let text = Buffer.concat(chunks).toString()
    const found: string[] = []
    while (text !== '') {
      const space = text.indexOf(' ')
      const length = Number(text.slice(0, space))
      found.push(text.slice(space + 1, space + 1 + length))
      text = text.slice(space + 1 + length)
    }
    return found
  }
  return { server, stop, messages, port: (server.address() as AddressInfo).port }
}

const opened = async (url: string, warnings: string[] = [], pauses: (() => void)[] = []) => {
  const timers = {
    after(delayMs: number, run: () => void) {
      if (delayMs === 1_000) pauses.push(run)
      return delayMs === 1_000 ? () => {} : systemTimers.after(delayMs, run)
    },
  }
  return openExports(auditSettings.parse({ syslog: { url } }), {
    timers,
    onWarning: (warning) => void warnings.push(warning),
  })
}

describe('The export to syslog', () => {
  it('RFC 6587 §3.4.1 counts the octets of each message over TCP', async () => {
    const { port, messages } = await receiver({ port: 0, host: '127.0.0.1' })
    const log = await opened(`tcp://127.0.0.1:${port}`)
    for (let i = 0; i < 300; i++) log.write({ ...event, id: `${i}`, reason: 'ü'.repeat(i) })
    await log.close()
    await expect.poll(() => messages().length).toBe(300)
    expect(messages()[299]).toMatch(/^<84>1 .*"id":"299"/)
  })

  it('goes over a Unix stream socket', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'warder-syslog-'))
    undo.push(() => rm(directory, { recursive: true }))
    const path = join(directory, 'log')
    const { messages } = await receiver({ path })
    const log = await opened(`unix:${path}`)
    log.write(event)
    await log.close()
    await expect.poll(() => messages()).toHaveLength(1)
  })

  it('RFC 5426 §3.1 sends one message in one datagram over UDP', async () => {
    const socket = createSocket('udp4')
    undo.push(() => socket.close())
    const messages: string[] = []
    socket.on('message', (message) => messages.push(message.toString()))
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const log = await opened(`udp://127.0.0.1:${socket.address().port}`)
    log.write(event)
    log.write({ ...event, id: '2' })
    await log.close()
    await expect.poll(() => messages).toHaveLength(2)
    expect(messages[0]).toMatch(/^<84>1 .*"id":"1".*\}$/)
  })

  it('FT-45 waits while the server is away, within bounds, and says how much was lost', async () => {
    const first = await receiver({ port: 0, host: '127.0.0.1' })
    await first.stop()
    const warnings: string[] = []
    const pauses: (() => void)[] = []
    const log = await opened(`tcp://127.0.0.1:${first.port}`, warnings, pauses)
    for (let i = 0; i < 10_005; i++) log.write({ ...event, id: `${i}` })
    await expect.poll(() => warnings).toHaveLength(1)
    const second = await receiver({ port: first.port, host: '127.0.0.1' })
    for (const run of pauses.splice(0)) run()
    await expect.poll(() => second.messages().length, { timeout: 5_000 }).toBe(10_000)
    expect(warnings.at(-1)).toBe('5 events were not sent to syslog.')
    await log.close()
  })

  it('connects nowhere while there is nothing to tell', async () => {
    const { server } = await receiver({ port: 0, host: '127.0.0.1' })
    let connections = 0
    server.on('connection', () => connections++)
    const log = await opened(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`)
    await log.close()
    expect(connections).toBe(0)
  })

  it.each([
    'http://h',
    'udp://',
    'tcp://user:secret@host',
    'tcp://host:1/path',
    'unix:',
    'syslog.example',
  ])('refuses %s as its address', (url) => {
    expect(auditSettings.safeParse({ syslog: { url } }).success).toBe(false)
  })
})
