/** What attackers try on the way of a person from a program on this machine to its sign-in and back. */

import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { ClientError } from 'warder/client'
import {
  type BrowserSurroundings,
  type LoopbackOptions,
  loopback,
  openBrowser,
  PASTE_WARNING,
  paste,
  type UserAgentVisit,
} from 'warder/client/mcp'
import { manualTimers } from './support/manual-timers.ts'

const STATE = 'the-state-of-this-sign-in'
const url = `https://as.test/authorize?state=${STATE}`

const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

/** A sign-in that waits for its answer, and what became of it. */
async function signIn(options: Partial<LoopbackOptions> = {}) {
  const opened: string[] = []
  const agent = loopback({
    clientName: 'Editor <script>alert(1)</script>',
    open: async (url) => opened.push(url) > 0,
    ...options,
  })
  const visit = await agent.visit([])
  open.push(visit.close)
  const finished: string[] = []
  const result = visit.send({ url, state: STATE }, async (callbackUrl) => {
    finished.push(callbackUrl)
    return 'tokens'
  })
  result.catch(() => {})
  await new Promise(setImmediate)
  return { visit, result, opened, finished }
}

interface Asked {
  readonly path: string
  readonly method?: string
  readonly host?: string
  readonly purpose?: string
}

/** A request as any program on this machine could make it. */
const ask = ({ redirectUri }: UserAgentVisit, { path, method = 'GET', host, purpose }: Asked) =>
  new Promise<{ status: number | undefined; headers: object; text: string }>((resolve, reject) => {
    const { hostname, port, host: own } = new URL(redirectUri)
    const asked = {
      hostname,
      port,
      path,
      method,
      headers: { host: host ?? own, ...(purpose && { 'sec-purpose': purpose }) },
      agent: false,
    }
    request(asked, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, text }),
      )
    })
      .on('error', reject)
      .end()
  })

const good = `/callback?code=the-code&state=${STATE}`

describe('Loopback callback (RFC 8252 §7.3, §8.3)', () => {
  it('BR-02 listens at the loopback addresses only, at a port of chance', async () => {
    const [one, other] = [await signIn(), await signIn()]
    const { hostname, port } = new URL(one.visit.redirectUri)
    expect(hostname).toBe('127.0.0.1')
    expect(port).not.toBe(new URL(other.visit.redirectUri).port)
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
    for (const { address } of others) {
      await expect(fetch(`http://${address}:${port}${good}`)).rejects.toThrow()
    }
    expect(one.finished).toEqual([])
  })

  const wrong: readonly (readonly [string, Asked, number])[] = [
    ['another path', { path: `/other?code=c&state=${STATE}` }, 404],
    ['a path that only begins so', { path: `/callback/?code=c&state=${STATE}` }, 404],
    ['an address of another host as its path', { path: `//as.test/callback?state=${STATE}` }, 404],
    ['another method', { path: good, method: 'POST' }, 404],
    ['another name of this machine (rebinding)', { path: good, host: 'evil.test' }, 404],
    ['a browser that looks ahead', { path: good, purpose: 'prefetch;prerender' }, 404],
    ['a request without a body', { path: good, method: 'HEAD' }, 404],
    ['its name without the port', { path: good, host: '127.0.0.1' }, 404],
    ['another state', { path: '/callback?code=c&state=guessed' }, 400],
    ['no state', { path: '/callback?code=c' }, 400],
    ['two states', { path: `/callback?code=c&state=${STATE}&state=x` }, 400],
    ['the state of another length', { path: `/callback?code=c&state=${STATE}x` }, 400],
  ]

  it.each(wrong)('BR-02 refuses %s, and keeps waiting', async (_, asked, status) => {
    const { visit, result, finished } = await signIn()
    expect((await ask(visit, asked)).status).toBe(status)
    expect(finished).toEqual([])
    expect((await ask(visit, { path: good })).status).toBe(200)
    expect(await result).toBe('tokens')
    expect(finished).toEqual([`${visit.redirectUri}?code=the-code&state=${STATE}`])
  })

  it('BR-02 takes one answer; the same once more is refused', async () => {
    const { visit, result, finished } = await signIn()
    await ask(visit, { path: good })
    await result
    expect((await ask(visit, { path: good })).status).toBe(400)
    expect(finished).toHaveLength(1)
  })

  it('BR-02 listens no longer than until it is closed', async () => {
    const { visit, result } = await signIn()
    await ask(visit, { path: good })
    await result
    await visit.close()
    await expect(ask(visit, { path: good })).rejects.toThrow('ECONNREFUSED')
  })

  it('BR-02 gives up when nobody comes back in time, and takes nothing after that', async () => {
    const timers = manualTimers()
    const { visit, result, finished } = await signIn({ timers, timeoutMs: 60_000 })
    timers.pass(60_000)
    await expect(result).rejects.toMatchObject({ code: 'timed_out' })
    expect((await ask(visit, { path: good })).status).toBe(400)
    expect(finished).toEqual([])
  })

  it('BR-02 leaves nothing waiting when nobody could be sent away', async () => {
    const timers = manualTimers()
    const failing = async () => {
      throw new Error('no browser')
    }
    const { visit, result } = await signIn({ timers, open: failing })
    await expect(result).rejects.toThrow('no browser')
    await visit.close()
    expect(timers.waiting).toBe(0)
  })

  it('BR-02 can be called off', async () => {
    const visit = await loopback({ clientName: 'Editor', open: async () => true }).visit([])
    open.push(visit.close)
    const calledOff = new AbortController()
    const departure = { url, state: STATE, signal: calledOff.signal }
    const result = visit.send(departure, async () => 'tokens')
    result.catch(() => {})
    await new Promise(setImmediate)
    calledOff.abort(new Error('the window was closed'))
    await expect(result).rejects.toThrow('the window was closed')
    expect((await ask(visit, { path: good })).status).toBe(400)
  })

  it('BR-02 with localhost, leaves neither of its addresses to another program', async () => {
    const { visit } = await signIn({ host: 'localhost' })
    const port = Number(new URL(visit.redirectUri).port)
    for (const host of ['127.0.0.1', '::1']) {
      const taken = await new Promise((resolve) => {
        const squatter = createServer()
        squatter.once('error', ({ name }) => resolve(name))
        squatter.listen(port, host, () => squatter.close(() => resolve('listening')))
      })
      expect(taken).toBe('Error')
    }
  })

  it('BR-03 sends nobody away when another program has the port', async () => {
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve))
    open.push(() => new Promise((resolve) => squatter.close(resolve)))
    // listen() on a port gives an address with one.
    const { port } = squatter.address() as AddressInfo
    const opened: string[] = []
    const options = { clientName: 'Editor', open: async (url: string) => opened.push(url) > 0 }
    const visit = loopback({ ...options, ports: [port] }).visit([])
    await expect(visit).rejects.toMatchObject({ code: 'callback_unavailable' })
    expect(opened).toEqual([])

    const other = await loopback({ ...options, ports: [port, 0] }).visit([])
    open.push(other.close)
    expect(new URL(other.redirectUri).port).not.toBe(String(port))
  })

  it('comes back to the port that the server knows already, if that is free', async () => {
    const agent = loopback({ clientName: 'Editor', open: async () => true })
    const before = await agent.visit([])
    await before.close()
    const foreign = ['http://127.0.0.1:1/other', 'https://editor.test/callback', 'no address']
    const again = await agent.visit([...foreign, before.redirectUri])
    open.push(again.close)
    expect(again.redirectUri).toBe(before.redirectUri)
  })

  it.each(['callback', '/a b', '/../x', '/callback?x', '//host/x'])(
    'refuses the path %s',
    (path) => {
      expect(() => loopback({ clientName: 'Editor', path })).toThrow('path')
    },
  )

  it('refuses a number that is no port', () => {
    expect(() => loopback({ clientName: 'Editor', ports: [65_536] })).toThrow('ports')
  })
})

describe('The page that ends a sign-in', () => {
  const policy =
    /^default-src 'none'; style-src 'nonce-[\w-]+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/

  it('BR-02 runs nothing, loads nothing, is kept by nobody and repeats nothing of the address', async () => {
    const { visit, result } = await signIn()
    const canary = 'canary%3Cimg+src%3Dx%3E'
    const bad = await ask(visit, { path: `/callback?error_description=${canary}&state=x` })
    const fine = await ask(visit, { path: `${good}&error_description=${canary}` })
    await result
    for (const { text, headers } of [bad, fine]) {
      expect(text).not.toMatch(/canary|the-code|<script|<img|https?:/)
      expect(text).toContain('Editor &lt;script&gt;')
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(policy),
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
    }
  })

  const outcomes: readonly (readonly [string, unknown, string])[] = [
    ['a refusal', new ClientError('refused'), 'was told no'],
    [
      'an answer of another server',
      new ClientError('response_mismatch', 'It came from another server.', { detail: 'canary' }),
      'could not be used',
    ],
    ['anything else', new Error('canary'), 'could not be used'],
  ]

  it.each(outcomes)('CL-03 says of %s what happened, in words of ours', async (_, error, words) => {
    const visit = await loopback({ clientName: 'Editor', open: async () => true }).visit([])
    open.push(visit.close)
    const result = visit.send({ url, state: STATE }, () => Promise.reject(error))
    result.catch(() => {})
    await new Promise(setImmediate)
    const { text } = await ask(visit, { path: `/callback?error=canary&state=${STATE}` })
    expect(text).toContain(words)
    expect(text).not.toContain('canary')
    await expect(result).rejects.toBe(error)
  })

  it('says what became of the sign-in, not what was hoped', async () => {
    const visit = await loopback({ clientName: 'Editor', open: async () => true }).visit([])
    open.push(visit.close)
    let redeem = (_: string) => {}
    const redeemed = new Promise<string>((resolve) => {
      redeem = resolve
    })
    const result = visit.send({ url, state: STATE }, () => redeemed)
    await new Promise(setImmediate)
    let page = 'still waiting'
    const shown = ask(visit, { path: good }).then(({ text }) => {
      page = text
    })
    await new Promise(setImmediate)
    expect(page).toBe('still waiting')
    redeem('tokens')
    await shown
    expect(page).toContain('Signed in')
    await result
  })
})

describe('Pasting the address that a browser was sent to', () => {
  /** A person who brings these, one after the other. */
  function pasting(...brought: string[]) {
    const asked: { url: string; warning: string; problem?: string | undefined }[] = []
    const agent = paste({
      ask: async (request) => {
        asked.push(request)
        return brought.shift() ?? ''
      },
    })
    const finish = async (callbackUrl: string) => callbackUrl
    const result = agent.visit([]).then((visit) => visit.send({ url, state: STATE }, finish))
    return { asked, result }
  }
  const back = `http://127.0.0.1/callback?code=the-code&state=${STATE}`

  it('BR-08 shows a warning with each question', async () => {
    const { asked, result } = pasting('nonsense', ` ${back}\n`)
    expect(await result).toBe(back)
    expect(asked.map(({ warning }) => warning)).toEqual([PASTE_WARNING, PASTE_WARNING])
    expect(asked[1]?.problem).toContain('no address')
  })

  it.each([
    ['a code alone', 'the-code'],
    ['an address of another sign-in', 'http://127.0.0.1/callback?code=c&state=other'],
    ['an address with no state', 'http://127.0.0.1/callback?code=c'],
    ['an address with two', `${back}&state=other`],
    ['an address of elsewhere', `https://evil.test/callback?code=c&state=${STATE}`],
    ['another page', `http://127.0.0.1/other?code=c&state=${STATE}`],
  ])('BR-08 does not take %s, however often', async (_, brought) => {
    const { asked, result } = pasting(brought, brought, brought, back)
    await expect(result).rejects.toMatchObject({ code: 'response_mismatch' })
    expect(asked).toHaveLength(3)
    expect(JSON.stringify(asked)).not.toContain('evil')
  })

  it('BR-08 never asks where a browser can come back', async () => {
    const { opened, visit, result } = await signIn()
    expect(opened).toEqual([url])
    await ask(visit, { path: good })
    await result
  })
})

describe('Opening a browser', () => {
  /** A machine that starts nothing and says what it would have started. */
  function machine(surroundings: Partial<BrowserSurroundings> = {}) {
    const started: (readonly [string, readonly string[]])[] = []
    return {
      started,
      platform: 'linux' as const,
      env: { DISPLAY: ':0' },
      start: async (program: string, args: readonly string[]) => {
        started.push([program, args])
        return true
      },
      ...surroundings,
    }
  }

  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'data:text/html,x',
    'vscode://x/y',
    'ftp://as.test/',
    'http://as.test/authorize',
    'http://169.254.169.254/',
    'http://127.0.0.1.evil.test/',
    'https://x"&calc&"',
    'https://as.test/$(id)"',
    'https://as.test/`id`',
    'https://as.test/%USERPROFILE%',
    '-https://as.test/',
    '--new-window',
    ' https://as.test/',
    'https://as.test/a b',
    'https://as.test/\nhttps://evil.test/',
    'https://as.test/ü',
    '\\\\host\\share',
    'https:\\\\host\\x',
    'https://user:password@as.test/',
    'https://as.test/|calc',
    'https://as.test/^&',
    `https://as.test/?${'a'.repeat(40_000)}`,
    '',
  ])('CL-10 opens nothing for %s', async (bad) => {
    const surroundings = machine()
    const opening = openBrowser(bad, surroundings)
    await expect(opening).rejects.toMatchObject({ code: 'url_refused' })
    expect(surroundings.started).toEqual([])
  })

  it.each([
    ['linux', { DISPLAY: ':0' }, 'xdg-open', []],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, 'xdg-open', []],
    ['darwin', {}, '/usr/bin/open', []],
    [
      'win32',
      { SystemRoot: 'D:\\Windows' },
      'D:\\Windows\\System32\\rundll32.exe',
      ['url.dll,FileProtocolHandler'],
    ],
  ] as const)(
    'CL-10 BR-09 hands the address to the person’s own browser, as one argument (%s)',
    async (platform, env, program, before) => {
      const surroundings = machine({ platform, env })
      // A shell would run `id`; a program gets the characters.
      const tricky = "https://AS.test/authorize?a=$(id)&b=';id;'"
      expect(await openBrowser(tricky, surroundings)).toBe(true)
      const written = 'https://as.test/authorize?a=$(id)&b=%27;id;%27'
      expect(surroundings.started).toEqual([[program, [...before, written]]])
    },
  )

  it.each([
    ['no display', 'linux', {}],
    ['an empty display', 'linux', { DISPLAY: '' }],
    ['somebody at another machine', 'darwin', { SSH_CONNECTION: '192.0.2.1 5 192.0.2.2 22' }],
    ['somebody at another machine', 'linux', { SSH_TTY: '/dev/pts/1', DISPLAY: ':0' }],
  ] as const)('starts nothing with %s (%s)', async (_, platform, env) => {
    const surroundings = machine({ platform, env })
    expect(await openBrowser('https://as.test/', surroundings)).toBe(false)
    expect(surroundings.started).toEqual([])
  })

  it('shows the address instead, and still waits', async () => {
    const notices: unknown[] = []
    const { visit, result } = await signIn({
      open: async () => false,
      notify: (notice) => notices.push(notice),
    })
    expect(notices).toEqual([{ url, opened: false }])
    await ask(visit, { path: good })
    expect(await result).toBe('tokens')
  })

  it('CL-10 sends nobody anywhere with an address that must not be opened', async () => {
    const opened: string[] = []
    const agent = loopback({ clientName: 'Editor', open: async (url) => opened.push(url) > 0 })
    const visit = await agent.visit([])
    open.push(visit.close)
    const sent = visit.send({ url: 'file:///etc/passwd', state: STATE }, async () => 'tokens')
    await expect(sent).rejects.toMatchObject({ code: 'url_refused' })
    const brought = await paste({ ask: async ({ url }) => opened.push(url).toString() }).visit([])
    const pasted = brought.send({ url: 'vscode://x', state: STATE }, async () => 'tokens')
    await expect(pasted).rejects.toMatchObject({ code: 'url_refused' })
    expect(opened).toEqual([])
  })
})
