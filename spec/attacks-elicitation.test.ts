/**
 * What is tried with an address that a server asks a user to open: by the server, and by whoever
 * hands it to somebody else.
 */

import { describe, expect, it } from 'vitest'
import type { UrlElicitation } from 'warder/gateway'
import { elicitationLink } from 'warder/server'
import { legacyServer, type Received } from 'warder/testing'
import { createVault, Secret } from 'warder/vault'
import { call, gatewayFor, listening, type Message, stdioCommand } from './fixtures/gateway.ts'
import {
  authorizationServer,
  ISSUER,
  MCP,
  PASSWORD,
  type Rig,
} from './support/authorization-server.ts'
import type { Browser } from './support/browser.ts'
import { expectErrorPage, expectPage, wordsOf } from './support/pages.ts'

const LINK = 'https://as.test/elicitation?link=sealed'
const TARGET = 'https://accounts.example/connect?state=capability'

/** The parameters of an elicitation in URL mode. */
const asking = (url: string) => ({
  mode: 'url',
  url,
  message: 'Connect your account.',
  elicitationId: 'e1',
})

const required = (url: string) => ({
  code: -32042,
  message: 'Open this first.',
  data: { elicitations: [asking(url)] },
})

const inputRequired = (url: string) => ({
  resultType: 'input_required',
  inputRequests: { connect: { method: 'elicitation/create', params: asking(url) } },
})

const events = (messages: readonly object[]) =>
  new Response(messages.map((message) => `data: ${JSON.stringify(message)}\n\n`).join(''), {
    headers: { 'content-type': 'text/event-stream' },
  })

type Guarded = Awaited<ReturnType<typeof gatewayFor>>

/** A gateway whose links are told apart, and what they were made for. */
async function guarding({ url, command }: { url?: string; command?: readonly string[] }) {
  const asked: UrlElicitation[] = []
  const elicitationLink = (each: UrlElicitation) => {
    asked.push(each)
    return LINK
  }
  const settings = url === undefined ? { command } : { url }
  return { ...(await gatewayFor(settings, {}, { elicitationLink })), asked }
}

/** A server on the network that answers a call, or a GET, as told. */
async function network(respond: (id: unknown) => Response) {
  const legacy = legacyServer()
  const upstream = await listening((received: Received) => {
    const { method, message } = received
    const isCall = message !== undefined && 'method' in message && message.method === 'tools/call'
    if (method !== 'GET' && !isCall) return legacy(received)
    return respond(message !== undefined && 'id' in message ? message.id : undefined)
  })
  /** What the server was answered, if it asked anything. */
  const told = async () => {
    const find = () =>
      upstream.received
        .map(({ message }) => message as Message | undefined)
        .find((message) => message?.id === 's1')
    await expect.poll(find).toBeDefined()
    return find()?.error ?? find()?.result
  }
  return { url: upstream.url, received: upstream.received, told }
}

/** Reads the messages of an answer, and answers the server's requests among them as a client would. */
async function* read(
  answer: Response,
  guarded: Guarded,
  session?: string,
): AsyncGenerator<Message> {
  if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) {
    return yield (await answer.json()) as Message
  }
  let text = ''
  for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const [, data = ''] = /^data: (.+)$/m.exec(text.slice(0, end)) ?? []
      text = text.slice(end + 2)
      if (data === '') continue
      const message = JSON.parse(data) as Message
      yield message
      if (message.method === undefined || message.id === undefined) continue
      const accepted = { jsonrpc: '2.0', id: message.id, result: { action: 'accept' } }
      await guarded.post(accepted, session === undefined ? {} : { session })
    }
  }
}

async function all(answer: Response, guarded: Guarded, session?: string) {
  const messages: Message[] = []
  for await (const message of read(answer, guarded, session)) messages.push(message)
  return messages
}

/** What a caller got, and what the server was told in answer to a request of its own. */
interface Outcome {
  readonly guarded: Awaited<ReturnType<typeof guarding>>
  readonly messages: readonly Message[]
  readonly told?: unknown
}

const legacyCall = async (guarded: Outcome['guarded'], args: object = {}, tool = 'echo') => {
  const session = await guarded.open()
  return all(await guarded.post(call(tool, args), { session }), guarded, session)
}

const modernCall = async (guarded: Outcome['guarded'], args: object = {}) =>
  all(await guarded.modern(call('echo', args)), guarded)

const json = (answer: object) => (id: unknown) => Response.json({ jsonrpc: '2.0', id, ...answer })

/** Every place where an address can stand, in both eras and by both ways to a server. */
const places: Readonly<Record<string, (url: string) => Promise<Outcome>>> = {
  'a request during a call, to a server on the network': async (url) => {
    const server = await network((id) =>
      events([
        { jsonrpc: '2.0', id: 's1', method: 'elicitation/create', params: asking(url) },
        { jsonrpc: '2.0', id, result: { content: [] } },
      ]),
    )
    const guarded = await guarding(server)
    const messages = await legacyCall(guarded)
    return { guarded, messages, told: await server.told() }
  },
  'a request on the stream of a GET': async (url) => {
    const server = await network(() =>
      events([{ jsonrpc: '2.0', id: 's1', method: 'elicitation/create', params: asking(url) }]),
    )
    const guarded = await guarding(server)
    const session = await guarded.open()
    const messages = await all(await guarded.get({ session }), guarded, session)
    return { guarded, messages, told: await server.told() }
  },
  'a request during a call, to a program': async (url) => {
    const guarded = await guarding({ command: stdioCommand('--legacy') })
    const messages = await legacyCall(guarded, asking(url), 'elicit')
    const told = JSON.parse(messages.at(-1)?.result?.content?.[0]?.text ?? '')
    return { guarded, messages, told }
  },
  'error -32042 over the network': async (url) => {
    const guarded = await guarding(await network(json({ error: required(url) })))
    return { guarded, messages: await legacyCall(guarded) }
  },
  'error -32042 at the end of a stream': async (url) => {
    const answer = (id: unknown) => events([{ jsonrpc: '2.0', id, error: required(url) }])
    const guarded = await guarding(await network(answer))
    return { guarded, messages: await legacyCall(guarded) }
  },
  'error -32042 of a program': async (url) => {
    const guarded = await guarding({ command: stdioCommand('--legacy') })
    return { guarded, messages: await legacyCall(guarded, { answer: { error: required(url) } }) }
  },
  'error -32042 of a program, to a modern caller': async (url) => {
    const guarded = await guarding({ command: stdioCommand('--legacy') })
    return { guarded, messages: await modernCall(guarded, { answer: { error: required(url) } }) }
  },
  'inputRequests over the network': async (url) => {
    const guarded = await guarding(await network(json({ result: inputRequired(url) })))
    return { guarded, messages: await modernCall(guarded) }
  },
  'inputRequests at the end of a stream': async (url) => {
    const answer = (id: unknown) => events([{ jsonrpc: '2.0', id, result: inputRequired(url) }])
    const guarded = await guarding(await network(answer))
    return { guarded, messages: await modernCall(guarded) }
  },
  'inputRequests of a program': async (url) => {
    const guarded = await guarding({ command: stdioCommand() })
    return {
      guarded,
      messages: await modernCall(guarded, { answer: { result: inputRequired(url) } }),
    }
  },
  'a request that the modern era does not have': async (url) => {
    const guarded = await guarding(
      await network((id) =>
        events([
          { jsonrpc: '2.0', id: 's1', method: 'elicitation/create', params: asking(url) },
          { jsonrpc: '2.0', id, result: { resultType: 'complete' } },
        ]),
      ),
    )
    const answer = await guarded.modern(call('echo'))
    const messages: Message[] = []
    for (const line of (await answer.text()).matchAll(/^data: (.+)$/gm)) {
      messages.push(JSON.parse(line[1] ?? ''))
    }
    return { guarded, messages }
  },
  'a notification of a task': async (url) => {
    const params = { taskId: 't', status: 'input_required', ...inputRequired(url) }
    const guarded = await guarding(
      await network((id) =>
        events([
          { jsonrpc: '2.0', method: 'notifications/tasks', params },
          { jsonrpc: '2.0', id, result: { resultType: 'complete' } },
        ]),
      ),
    )
    return { guarded, messages: await modernCall(guarded) }
  },
}

describe('Attacks by servers that ask for an address to be opened', () => {
  it.each(Object.entries(places))('MC-14 becomes a link for its user alone: %s', async (_, ask) => {
    const { guarded, messages, told } = await ask(TARGET)
    const text = JSON.stringify(messages)
    expect(text).toContain(JSON.stringify(LINK))
    expect(text).toContain('"elicitationId":"e1"')
    expect(text).not.toContain('accounts.example')
    const { url: resource } = guarded
    const message = 'Connect your account.'
    const correlationId = expect.any(String)
    expect(guarded.asked).toEqual([
      { resource, subject: 'alice', url: TARGET, message, correlationId },
    ])
    if (told !== undefined) expect(told).toEqual({ action: 'accept' })
    expect(guarded.events.filter(({ type }) => type === 'elicitation.refused')).toEqual([])
  })

  it.each(Object.entries(places))('MC-14 never leads to a script: %s', async (_, ask) => {
    const { guarded, messages, told } = await ask('javascript:alert(document.domain)')
    const text = JSON.stringify(messages)
    expect(text).not.toContain('javascript')
    expect(text).not.toContain('"elicitationId"')
    expect(guarded.asked).toEqual([])
    expect(guarded.events.filter(({ type }) => type === 'elicitation.refused')).toMatchObject([
      {
        server: 'files',
        subject: 'alice',
        clientId: 'web',
        reason: expect.stringMatching(/^The url of an elicitation is no absolute https URL/),
      },
    ])
    // A server that asked is answered; where the answer itself had the address, there is none.
    if (told !== undefined) expect(told).toMatchObject({ code: -32602 })
    const last = messages.at(-1)
    if (text.includes('"error"') && told === undefined) expect(last?.error?.code).toBe(502)
    expect(guarded.events.map(({ type }) => type)).not.toContain('upstream.failed')
  })

  it.each([
    'data:text/html,<script>alert(1)</script>',
    'http://accounts.example/',
    'https://alice:secret@accounts.example/',
    'https:\\\\evil.example',
    'https://accounts.example/\r\nlocation: javascript:1',
  ])('MC-14 never leads to %j', async (url) => {
    const guarded = await guarding(await network(json({ error: required(url) })))
    const [answer] = await legacyCall(guarded)
    expect(answer?.error).toEqual({
      code: 502,
      message: expect.stringContaining('must not be opened'),
    })
  })

  it('MC-14 what is refused is not answered where a server must not ask', async () => {
    const server = await network((id) =>
      events([
        { jsonrpc: '2.0', id: 's1', method: 'elicitation/create', params: asking('data:,') },
        { jsonrpc: '2.0', id, result: { resultType: 'complete' } },
      ]),
    )
    const guarded = await guarding(server)
    await modernCall(guarded)
    await modernCall(guarded)
    expect(server.received.map(({ message }) => message)).toHaveLength(2)
  })

  it('MC-14 what is refused leaves its event id behind, so that the stream can be resumed', async () => {
    const request = {
      ...{ jsonrpc: '2.0', id: 's1', method: 'elicitation/create' },
      params: asking('data:,'),
    }
    const guarded = await guarding(
      await network(
        () =>
          new Response(`id: 77\ndata: ${JSON.stringify(request)}\n\n`, {
            headers: { 'content-type': 'text/event-stream' },
          }),
      ),
    )
    const text = await (await guarded.get({ session: await guarded.open() })).text()
    expect(text).toMatch(/^id: \S+\.77\ndata: \n/m)
  })

  it('MC-14 what is refused does not end the session, nor what else the server says', async () => {
    const guarded = await guarding({ command: stdioCommand('--legacy') })
    const session = await guarded.open()
    await all(await guarded.post(call('elicit', asking('data:,')), { session }), guarded, session)
    const next = await all(
      await guarded.post(call('echo', { a: 1 }), { session }),
      guarded,
      session,
    )
    expect(next.at(-1)?.result?.content?.[0]?.text).toBe('{"a":1}')
  })

  it('MC-14 form mode, and the notice that an interaction is complete, pass unchanged', async () => {
    const form = { message: 'Your name?', requestedSchema: { type: 'object', properties: {} } }
    const complete = {
      method: 'notifications/elicitation/complete',
      params: { elicitationId: 'e1' },
    }
    const guarded = await guarding(
      await network((id) =>
        events([
          { jsonrpc: '2.0', id: 's1', method: 'elicitation/create', params: form },
          { jsonrpc: '2.0', ...complete },
          { jsonrpc: '2.0', id, result: {} },
        ]),
      ),
    )
    const messages = await legacyCall(guarded)
    expect(messages.slice(0, 2)).toEqual([
      { jsonrpc: '2.0', id: 's1', method: 'elicitation/create', params: form },
      { jsonrpc: '2.0', ...complete },
    ])
  })
})

const ALICE = 'alice@example.com'
const SESSION = '__Host-wd_sid'

/** What Alice is asked to open. */
async function linkFor(rig: Rig, changes: object = {}): Promise<string> {
  const alice = await rig.accounts.findByEmail(ALICE)
  const message = 'Connect your account.'
  const subject = alice?.id ?? ''
  const asked = { resource: MCP, subject, url: TARGET, message, correlationId: 'c1' }
  return elicitationLink({ ...asked, ...changes }, { ...rig, issuer: ISSUER })
}

/** A rig, a browser of Alice's or of somebody else's, and the page that her link leads to. */
async function opened(changes: object = {}, username = ALICE) {
  const rig = await authorizationServer()
  const link = await linkFor(rig, changes)
  const browser = rig.browser()
  const first = await browser.open(link)
  const at = await browser.signIn(first, username)
  return { rig, link, browser, first, at }
}

/** What of the target must not be seen. */
const expectNoTarget = (text: string) =>
  expect(text).not.toMatch(/accounts\.example|capability|Connect/)

const eventsOf = ({ events }: Rig, type: string) => events.filter((event) => event.type === type)

describe('Attacks with a link to what a server wants opened', () => {
  it('MC-14 shows nothing before it is known who looks; then who asks, why, and the host', async () => {
    const { rig, first, at } = await opened()
    expectPage(first.response)
    const before = await first.response.text()
    expect(before).toContain('name="password"')
    expectNoTarget(before)
    expectPage(at.response)
    const page = await at.response.text()
    const words = wordsOf(page)
    expect(words).toContain('Notes https://mcp.test/mcp says “Connect your account.”')
    expect(words).toContain('accounts.example')
    expect(words).toContain(ALICE)
    // The rest of the address is for the browser, and only once its user goes there.
    expect(page).not.toContain('capability')
    expect(eventsOf(rig, 'elicitation.opened')).toEqual([])
  })

  it('MC-14 leads its user there by their own hand, and says nothing of where from', async () => {
    const { rig, browser, at } = await opened()
    const answer = await browser.press(at, 'approve')
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe(TARGET)
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const { id } = (await rig.accounts.findByEmail(ALICE)) ?? {}
    expect(eventsOf(rig, 'elicitation.opened')).toMatchObject([
      { subject: id, resource: MCP, correlationId: 'c1' },
    ])
    expect(rig.fetched).toEqual([])
    expect(JSON.stringify(rig.events)).not.toContain('capability')
  })

  it('MC-14 lets its user stay', async () => {
    const { rig, browser, at } = await opened()
    const answer = await browser.press(at, 'deny')
    expectPage(answer)
    expect(wordsOf(await answer.text())).toContain('You can close this window')
    expect(eventsOf(rig, 'elicitation.opened')).toEqual([])
  })

  it('MC-14 tells another user nothing, lets them nowhere, and is an event', async () => {
    const { rig, browser, at } = await opened({}, 'bob@example.com')
    expectPage(at.response, 403)
    const page = await at.response.clone().text()
    expect(page).toContain('id="error" data-code="access_denied"')
    expect(wordsOf(page)).toContain('This link is for somebody else')
    expectNoTarget(page)
    expect(page).not.toContain(ALICE)
    const bob = await rig.accounts.findByEmail('bob@example.com')
    const alice = await rig.accounts.findByEmail(ALICE)
    const misused = { subject: bob?.id, resource: MCP, reason: `made for ${alice?.id}` }
    expect(eventsOf(rig, 'elicitation.misused')).toMatchObject([misused])
    // A button that the page does not have does not help either.
    const forced = await browser.press(at, 'approve')
    expectPage(forced, 403)
    expectNoTarget(await forced.text())
    expect(eventsOf(rig, 'elicitation.opened')).toEqual([])
  })

  it('MC-14 is not for a user who took over the browser after the page was shown', async () => {
    const { rig, link, browser, at } = await opened()
    const another = rig.browser()
    await another.signIn(await another.open(link), 'bob@example.com')
    browser.cookies.set(SESSION, another.cookies.get(SESSION) ?? '')
    const answer = await browser.press(at, 'approve')
    expect(answer.headers.get('location')).toBeNull()
    await expectErrorPage(answer, 403)
  })

  it('MC-14 the right user can sign in where another one is', async () => {
    const { browser, at } = await opened({}, 'bob@example.com')
    const away = await browser.press(at, 'logout')
    expect(browser.cookies.has(SESSION)).toBe(false)
    const again = await browser.open(away.headers.get('location') ?? '')
    const own = await browser.signIn(again)
    expectPage(own.response)
    expect((await browser.press(own, 'approve')).headers.get('location')).toBe(TARGET)
  })

  it('MC-14 needs a sign-in again when the session has ended', async () => {
    const { rig, link, browser, at } = await opened()
    const alice = await rig.accounts.findByEmail(ALICE)
    await rig.accounts.setDisabled(alice?.id ?? '', true)
    await expectErrorPage(await browser.press(at, 'approve'), 403)
    const page = await (await browser.open(link)).response.text()
    expect(page).toContain('name="password"')
    expectNoTarget(page)
  })

  it('MC-14 a changed link opens nothing', async () => {
    const { rig, link, browser } = await opened()
    const at = link.indexOf('link=') + 5
    const flipped = (index: number) =>
      `${link.slice(0, index)}${link[index] === 'A' ? 'B' : 'A'}${link.slice(index + 1)}`
    const places = [at, at + 12, at + 40, at + 90, Math.floor((at + link.length) / 2)]
    const sealed = link.slice(at)
    const foreign = createVault(new Secret(new Uint8Array(32).fill(8)))
    const statement = { subject: 'x', url: TARGET, message: '', resource: MCP, correlationId: 'c' }
    const elsewhere = { table: 'signingKeys', column: 'privateJwk', row: ISSUER }
    const bad = [
      ...places.map(flipped),
      ...[link.slice(0, -1), `${link}A`, link.slice(0, at), `${link.slice(0, at)}{}`],
      `${ISSUER}/elicitation`,
      `${link.slice(0, at)}${sealed.split('').reverse().join('')}`,
      elicitationLink(statement, { ...rig, issuer: ISSUER, vault: foreign }),
      elicitationLink(statement, { ...rig, issuer: 'https://other.test' }).replace('other', 'as'),
      `${link.slice(0, at)}${rig.vault.seal(JSON.stringify(statement), elsewhere)}`,
    ]
    for (const each of bad) {
      const page = await expectErrorPage((await browser.open(each)).response)
      expectNoTarget(page)
    }
  })

  it('MC-14 a link is over after 15 minutes, for its page as well', async () => {
    const { rig, link, browser, at } = await opened()
    rig.platform.advance(15 * 60_000 - 1)
    expectPage((await browser.open(link)).response)
    rig.platform.advance(1)
    await expectErrorPage((await browser.open(link)).response)
    await expectErrorPage(await browser.press(at, 'approve'))
    expect(eventsOf(rig, 'elicitation.opened')).toEqual([])
  })

  it('MC-14 a link of a server that is gone opens nothing', async () => {
    const { browser, rig } = await opened()
    const link = await linkFor(rig, { resource: 'https://gone.test/mcp' })
    expectNoTarget(await expectErrorPage((await browser.open(link)).response))
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'com.example.app:/cb', 'no address'])(
    'MC-14 a link that was made for %s opens nothing',
    async (url) => {
      const rig = await authorizationServer()
      await expectErrorPage((await rig.browser().open(await linkFor(rig, { url }))).response)
    },
  )

  it('MC-14 what the server says is text', async () => {
    const message = `</dd><script>alert(1)</script>\u202eexe ${'x'.repeat(9_000)}`
    const { at, link } = await opened({ message })
    const page = await at.response.text()
    expect(page).not.toContain('<script>alert')
    expect(page).not.toContain('\u202e')
    expect(wordsOf(page)).toContain('</dd><script>alert(1)</script>exe xxx')
    expect(wordsOf(page)).not.toContain('x'.repeat(200))
    expect(link.length).toBeLessThan(2_000)
  })

  it.each([
    ['https://xn--pp-6kc.test/', 'xn--pp-6kc.test', 'may imitate'],
    ['https://accounts.example.evil.test:8443/', 'accounts.example.evil.test:8443', ''],
    ['http://127.0.0.1:3000/', '127.0.0.1:3000', ''],
    ['https://a;script-src.test/', 'a;script-src.test', ''],
  ])('MC-14 the host is whole, and in ASCII: %s', async (url, host, warning) => {
    const { at, browser } = await opened({ url })
    const words = wordsOf(await at.response.clone().text())
    expect(words).toContain(`and wants you to open ${host} `)
    expect(words).toContain(warning)
    expect(at.response.headers.get('content-security-policy')).toContain("script-src 'nonce-")
    expect((await browser.press(at, 'approve')).headers.get('location')).toBe(url)
  })

  it('LG-14 MC-14 a button counts only if its own page sent it', async () => {
    const { rig, link, browser, at } = await opened()
    const others = await opened()
    const token = /name="csrf" value="([^"]*)"/.exec(await others.at.response.text())?.[1] ?? ''
    const url = await linkFor(rig, { url: 'https://other.example/' })
    for (const answer of [
      await browser.press(at, 'approve', { fields: { csrf: '' } }),
      await browser.press(at, 'approve', { fields: { csrf: token } }),
      await browser.press(at, 'approve', { headers: { 'sec-fetch-site': 'cross-site' } }),
      await browser.press({ ...at, url }, 'approve'),
    ]) {
      await expectErrorPage(answer, 403)
    }
    await expectErrorPage(await browser.press(at, 'reset'))
    const fresh = rig.browser()
    fresh.cookies.set(SESSION, browser.cookies.get(SESSION) ?? '')
    await expectErrorPage(await fresh.press({ ...at, url: link }, 'approve'), 403)
    expect(eventsOf(rig, 'elicitation.opened')).toEqual([])
  })

  it('LG-14 MC-14 nobody is signed in by a form of another site, or of another browser', async () => {
    const rig = await authorizationServer()
    const link = await linkFor(rig)
    const attacker = rig.browser()
    const at = await attacker.open(link)
    const victim = rig.browser()
    const fields = { username: 'bob@example.com', password: PASSWORD }
    await expectErrorPage(await victim.press(at, 'login', { fields }), 403)
    await victim.open(link)
    await expectErrorPage(await victim.press(at, 'login', { fields }), 403)
    const headers = { 'sec-fetch-site': 'cross-site' }
    const own = await victim.open(link)
    await expectErrorPage(await victim.press(own, 'login', { fields, headers }), 403)
    expect(victim.cookies.has(SESSION)).toBe(false)
  })

  it('LG-01 LG-02 its sign-in refuses and slows down as the other one does', async () => {
    const rig = await authorizationServer()
    const link = await linkFor(rig)
    const browser: Browser = rig.browser()
    const at = await browser.open(link)
    const guess = (password: string) =>
      browser.press(at, 'login', { fields: { username: ALICE, password } })
    const pages = new Set<string>()
    for (let tries = 0; tries < 6; tries++) {
      const answer = await guess('not it at all')
      expectPage(answer, 400)
      pages.add(wordsOf(await answer.text()))
    }
    // Even the right password has to wait now, and looks no different.
    const answer = await guess(PASSWORD)
    expectPage(answer, 400)
    pages.add(wordsOf(await answer.text()))
    expect(pages.size).toBe(1)
    expect(browser.cookies.has(SESSION)).toBe(false)
    expect(eventsOf(rig, 'login.throttled').length).toBeGreaterThan(0)
  })
})
