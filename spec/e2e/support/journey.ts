/**
 * What every client of the SDK's kind must be able to do with a guarded server, told as one user's
 * way from “connect” to a session that outlives its access token.
 */

import { expect } from 'vitest'
import type { Browser } from './person.ts'
import type { SignInMemory } from './sign-in-provider.ts'
import { challenged, type Wire } from './wire.ts'

/** A program with an MCP client in it, made with some SDK. */
export interface McpProgram {
  readonly provider: SignInMemory
  readonly wire: Wire
  connect(): Promise<void>
  /** Whether a failure means that the user must open `provider.page`. */
  needsSignIn(failure: unknown): boolean
  /** The browser came back to the program. */
  finishSignIn(back: URL): Promise<void>
  /** Begins to ask for more scope after a call was refused; the SDK may have done so itself. */
  beginStepUp(refusal: unknown): Promise<void>
  tools(): Promise<readonly string[]>
  /** The text that a tool answers. */
  call(tool: string, args?: Readonly<Record<string, unknown>>): Promise<string>
  /** The negotiated protocol revision. */
  revision(): string | undefined
  close(): Promise<void>
}

/** A guarded server, in the words of the tests. */
export interface GuardedServer {
  readonly resource: string
  readonly issuer: string
  /** What the user gives at first. */
  readonly baseline: string
  readonly hiddenTool: string
  /** A tool that needs one scope more. */
  readonly guardedTool: string
  readonly guardedScope: string
  /** What `echo` makes of “hello”. */
  readonly echoed: string
}

const scopes = (text: string | null | undefined) => (text ?? '').split(' ').filter(Boolean)

const failureOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => expect.fail('it should have been refused'),
    (failure: unknown) => failure,
  )

/** The browser opens the page that the program named, and what it is sent to goes to the program. */
async function signIn(program: McpProgram, browser: Browser, issuer: string): Promise<void> {
  const { page } = program.provider
  const back = await browser.allow(page)
  expect(back.searchParams.get('state')).toBe(page.searchParams.get('state'))
  expect(back.searchParams.get('iss')).toBe(issuer)
  await program.finishSignIn(back)
}

/** From a stranger's 401 to a session. */
export async function connects(program: McpProgram, browser: Browser, server: GuardedServer) {
  const { provider, wire } = program
  expect(program.needsSignIn(await failureOf(program.connect()))).toBe(true)
  const stranger = wire.last(401)
  expect(challenged(stranger, 'error')).toBeUndefined()
  expect(challenged(stranger, 'scope')).toBe(server.baseline)
  expect(provider.page.searchParams.get('resource')).toBe(server.resource)
  await signIn(program, browser, server.issuer)
  await program.connect()
}

/** What the baseline allows, and what is kept from sight. */
export async function usesTools(program: McpProgram, server: GuardedServer) {
  const tools = await program.tools()
  expect(tools).toContain('echo')
  expect(tools).toContain(server.guardedTool)
  expect(tools).not.toContain(server.hiddenTool)
  expect(await program.call('echo', { message: 'hello' })).toBe(server.echoed)
  await expect(program.call(server.hiddenTool)).rejects.toThrow(/unknown tool/i)
}

/** Refused with 403, asks for the union of scopes, and may then. */
export async function stepsUp(program: McpProgram, browser: Browser, server: GuardedServer) {
  const { provider, wire } = program
  const before = scopes(provider.saved?.scope)
  const asked = provider.opened.length
  const refusal = await failureOf(program.call(server.guardedTool))
  const forbidden = wire.last(403)
  expect(challenged(forbidden, 'error')).toBe('insufficient_scope')
  expect(challenged(forbidden, 'scope')).toBe(server.guardedScope)
  expect(challenged(forbidden, 'resource_metadata')).toMatch(
    /^http:\/\/localhost:\d+\/\.well-known\/oauth-protected-resource\/mcp\//,
  )
  await program.beginStepUp(refusal)
  expect(provider.opened).toHaveLength(asked + 1)
  const union = scopes(provider.page.searchParams.get('scope')).sort()
  expect(union).toEqual([...new Set([...before, server.guardedScope])].sort())
  await signIn(program, browser, server.issuer)
  expect(scopes(provider.saved?.scope).sort()).toEqual(union)
  const answer = await program.call(server.guardedTool)
  expect(answer).not.toBe('')
  // Where the tool tells its environment, it has nothing of what Warder was given.
  expect(answer).not.toContain('WARDER_CANARY')
  expect(await program.call('echo', { message: 'hello' })).toBe(server.echoed)
}

/** The access token stops working; nobody is asked anything. */
export async function outlivesItsToken(program: McpProgram, server: GuardedServer) {
  const { provider, wire } = program
  const asked = provider.opened.length
  const old = provider.saved
  const session = wire.exchanges.at(-1)?.requestHeaders.get('mcp-session-id')
  await revoke(program, server)
  expect(await program.call('echo', { message: 'hello' })).toBe(server.echoed)
  expect(challenged(wire.last(401), 'error')).toBe('invalid_token')
  expect(provider.saved?.access_token).not.toBe(old?.access_token)
  expect(provider.saved?.refresh_token).not.toBe(old?.refresh_token)
  expect(provider.saved?.scope).toBe(old?.scope)
  expect(provider.opened).toHaveLength(asked)
  expect(wire.exchanges.at(-1)?.requestHeaders.get('mcp-session-id')).toBe(session)
}

/** Takes the access token back as its client may (RFC 7009). */
async function revoke({ provider }: McpProgram, { issuer }: GuardedServer): Promise<void> {
  const { client_id = '', client_secret } = provider.information ?? {}
  const credentials = Buffer.from(`${client_id}:${client_secret}`).toString('base64')
  const revoked = await fetch(`${issuer}/revoke`, {
    method: 'POST',
    headers: client_secret === undefined ? {} : { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({
      token: provider.saved?.access_token ?? '',
      ...(client_secret === undefined ? { client_id } : {}),
    }),
  })
  expect(revoked.status).toBe(200)
}
