import { describe, expect, it } from 'vitest'
import { RpcError } from '../protocol/json-rpc.ts'
import { Elicitations, type UrlElicitation } from './elicitations.ts'

const user = { subject: 'alice', correlationId: 'c1' }

const request = (params: Readonly<Record<string, unknown>>) =>
  ({ jsonrpc: '2.0', id: 's1', method: 'elicitation/create', params }) as const

/** What a client is given to open; an error if it gets nothing. */
function openedFor(url: unknown, resource = 'https://as.test/mcp/files'): unknown {
  const elicitations = new Elicitations(resource, undefined)
  const params = { mode: 'url', url, message: 'm', elicitationId: 'e1' }
  return elicitations.call(request(params), user).params.url
}

const problemOf = (attempt: () => unknown) => {
  try {
    attempt()
  } catch (error) {
    return error instanceof RpcError ? error.detail : error
  }
  return undefined
}

describe('An address that a server asks a user to open', () => {
  it.each([
    ['https://app.test/connect?state=1#here', 'https://app.test/connect?state=1#here'],
    ['HTTPS://App.Test', 'https://app.test/'],
    ['https://app.test:8443/', 'https://app.test:8443/'],
    ['https://10.0.0.5/', 'https://10.0.0.5/'],
    ['https://аpp.test/', 'https://xn--pp-6kc.test/'],
    ['https://app。test/', 'https://app.test/'],
    ['https://%61pp.test/größe', 'https://app.test/gr%C3%B6%C3%9Fe'],
    ['https://app.test/@you?to=a@b', 'https://app.test/@you?to=a@b'],
  ])('passes as browsers write it: %s', (url, opened) => {
    expect(openedFor(url)).toBe(opened)
  })

  it.each([
    ...['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', 'file:///etc/passwd'],
    ...['vbscript:x', 'blob:https://app.test/1', 'about:blank', 'ws://app.test', 'mailto:a@b.test'],
    ...['view-source:https://app.test', 'com.example.app:/cb', 'ms-settings:', 'intent://x#Intent'],
    ...['http://app.test/', 'http://localhost/', 'http://127.0.0.1:8080/', 'ftp://app.test/'],
    ...['https://a@app.test/', 'https://a:b@app.test/', 'https://@app.test/', 'https://:@app.test'],
    ...['https:\\\\evil.test', 'https:/\\evil.test', 'https://app.test\\@evil.test', 'https:/evil'],
    ...[
      'https:evil.test',
      'https:///evil.test',
      '//evil.test',
      '/connect',
      'evil.test',
      'https://',
    ],
    ...[' https://app.test', 'https://app.test\n', 'java\tscript:alert(1)', 'ht\ntps://app.test'],
    ...['https://app.test/\u202eexe', 'https://app.test/\u200b', 'https://app.test/\ud800', '\0'],
    ...['https://app.test:99999/', 'https://[::1', 'https://a b.test', 'https://app.test%00/', ''],
    ...[undefined, null, 7, {}, ['https://app.test']],
    `https://app.test/${'x'.repeat(2_048)}`,
    `https://app.test/${'ß'.repeat(1_000)}`,
  ])('is refused: %j', (url) => {
    expect(problemOf(() => openedFor(url))).toMatch(/^The url of an elicitation /)
  })

  it.each([
    ['http://localhost:4000/mcp/files', 'http://localhost:3000/', true],
    ['http://localhost:4000/mcp/files', 'http://127.0.0.1:3000/', true],
    ['http://localhost:4000/mcp/files', 'http://[::1]:3000/', true],
    ['http://localhost:4000/mcp/files', 'http://app.test/', false],
    ['http://localhost:4000/mcp/files', 'http://localhost.evil.test/', false],
    ['http://localhost:4000/mcp/files', 'http://10.0.0.5/', false],
    ['https://localhost:4000/mcp/files', 'http://localhost:3000/', false],
  ])(
    'may be http on this computer only where Warder itself is: %s, %s',
    (resource, url, passes) => {
      expect(problemOf(() => openedFor(url, resource)) === undefined).toBe(passes)
    },
  )
})

describe('What carries such an address', () => {
  const seen: UrlElicitation[] = []
  const elicitations = new Elicitations('https://as.test/mcp/files', (asked) => {
    seen.push(asked)
    return 'https://as.test/elicitation?link=1'
  })
  const good = 'https://app.test/'
  const mrtr = (params: object) =>
    elicitations.answer(
      {
        jsonrpc: '2.0',
        id: 1,
        result: { inputRequests: { a: { method: 'elicitation/create', params } } },
      },
      user,
    )

  it('is told whose it is, and no more of the caller than that', () => {
    seen.length = 0
    const caller = { ...user, claims: { secret: 1 } }
    elicitations.call(request({ mode: 'url', url: good, message: 'm' }), caller)
    const resource = 'https://as.test/mcp/files'
    expect(seen).toEqual([{ ...user, resource, url: good, message: 'm' }])
  })

  it('is URL mode by its address, whatever it says of itself', () => {
    for (const mode of [undefined, 'form', 'URL', 7]) {
      expect(elicitations.call(request({ mode, url: good }), user).params).toEqual({
        mode,
        url: 'https://as.test/elicitation?link=1',
      })
      expect(
        problemOf(() => elicitations.call(request({ mode, url: 'data:,' }), user)),
      ).toBeDefined()
    }
  })

  it('loses nothing of form mode, of other requests and of other answers', () => {
    const form = request({ message: 'm', requestedSchema: { properties: { url: {} } } })
    expect(elicitations.call(form, user)).toEqual(form)
    const sampling = { ...form, method: 'sampling/createMessage', params: { url: 'data:,' } }
    expect(elicitations.call(sampling, user)).toEqual(sampling)
    const done = { jsonrpc: '2.0', method: 'notifications/elicitation/complete' } as const
    const complete = { ...done, params: { elicitationId: 'e1' } }
    expect(elicitations.call(complete, user)).toEqual(complete)
    for (const error of [
      { code: -32602, message: 'm' },
      { code: -32602, message: 'm', data: { url: 'data:,' } },
      { code: -32042, message: 'm', data: { elicitations: ['data:,'] } },
      { code: -32042, message: 'm', data: { elicitations: 7 } },
    ]) {
      const answer = { jsonrpc: '2.0', id: 1, error } as const
      expect(elicitations.answer(answer, user)).toEqual(answer)
    }
    const roots = {
      jsonrpc: '2.0',
      id: 1,
      result: { inputRequests: { a: { method: 'roots/list' } } },
    }
    expect(elicitations.answer({ ...roots, jsonrpc: '2.0' }, user)).toEqual(roots)
  })

  it.each([
    ['url', () => elicitations.call(request({ url: good, URL: 'data:,' }), user)],
    ['url beside none', () => elicitations.call(request({ mode: 'form', Url: 'data:,' }), user)],
    ['url in letters that fold', () => mrtr({ url: good, ｕrl: 'data:,' })],
    [
      'inputRequests',
      () => elicitations.answer({ jsonrpc: '2.0', id: 1, result: { InputRequests: {} } }, user),
    ],
    [
      'elicitations',
      () => {
        const error = { code: -32042, message: 'm', data: { Elicitations: [] } }
        return elicitations.answer({ jsonrpc: '2.0', id: 1, error }, user)
      },
    ],
  ])('is refused if a lax client could find another in it: %s', (_, attempt) => {
    expect(problemOf(attempt)).toContain('only resembles')
  })

  it('is refused as a whole for one bad address among good ones', () => {
    const data = { elicitations: [{ url: good }, { mode: 'url', url: 'javascript:1' }] }
    const error = { code: -32042, message: 'm', data }
    const attempt = () => elicitations.answer({ jsonrpc: '2.0', id: 1, error }, user)
    expect(problemOf(attempt)).toBeDefined()
  })
})
