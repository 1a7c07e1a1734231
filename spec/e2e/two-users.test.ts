/**
 * Two people on one gateway: programs that remember, answers out of order, the same JSON-RPC ids.
 * And what is left of it all when `warder serve` ends, gently or not.
 */

import { beforeEach, expect, it, vi } from 'vitest'
import { everythingMount, fixture, Installation } from './support/installation.ts'
import { Browser } from './support/person.ts'
import { descendants, running } from './support/processes.ts'
import { clientWords, SignInProvider } from './support/sign-in-provider.ts'
import { type V2Kinds, V2Program } from './support/v2-program.ts'

const CALLS = 200

let installation: Installation
beforeEach(async () => {
  const notebook = {
    command: [process.execPath, fixture('notebook.mjs')],
    tools: { '*': ['notes:use'] },
  }
  installation = await Installation.make({
    settings: { mcp: { everything: everythingMount, notebook } },
  })
})

/** Someone with both servers open. Everybody's program calls itself the same, so it is one client. */
async function arrive(name: string, mode: 'legacy' | 'auto') {
  const browser = new Browser(await installation.addUser(`${name}@example.com`))
  const open = async (mount: string) => {
    const provider = new SignInProvider<V2Kinds>(clientWords('One and the same'))
    const program = new V2Program(installation.mcp(mount), provider, mode)
    await expect(program.connect()).rejects.toThrow('Unauthorized')
    await program.finishSignIn(await browser.allow(provider.page))
    await program.connect()
    return program
  }
  return { name, everything: await open('everything'), notebook: await open('notebook') }
}

type Visitor = Awaited<ReturnType<typeof arrive>>

/** The JSON-RPC ids of someone's calls, as their answers came. */
const answeredIds = ({ notebook }: Visitor) =>
  notebook.wire.exchanges
    .filter(({ body }) => body.includes('"tools/call"'))
    .map(({ body }): number => JSON.parse(body).id)

const ascending = (ids: readonly number[]) => [...ids].sort((a, b) => a - b)

/** One call in two writes into the notebook, and reads all that is there. */
async function call(visitor: Visitor, turn: number): Promise<readonly string[]> {
  const canary = `${visitor.name}-${turn}`
  if (turn % 2 === 0) {
    const echoed = await visitor.everything.call('echo', { message: canary })
    expect(echoed).toBe(`Echo: ${canary}`)
    return []
  }
  // Later calls are answered sooner.
  const ms = (turn * 7) % 20
  const { pages } = JSON.parse(await visitor.notebook.call('write', { line: canary, ms }))
  expect(pages).toContain(canary)
  return pages
}

const signedInAs = ({ notebook }: Visitor) => notebook.provider.information?.client_id

it.each([
  ['legacy', 'a process for each session'],
  ['auto', 'a process for each user and client'],
] as const)(
  'two users see nothing of each other in %s calls made all at once: %s',
  async (mode, _) => {
    await installation.start()
    const [alice, bob] = await Promise.all([arrive('alice', mode), arrive('bob', mode)])
    expect(signedInAs(alice)).toBe(signedInAs(bob))
    const turns = Array.from({ length: CALLS }, (_, turn) => turn)
    const answers = await Promise.all(
      turns.map((turn) => call(turn % 4 < 2 ? alice : bob, turn).then((pages) => pages.join())),
    )
    const own = answers.filter((_, turn) => turn % 2 === 1)
    for (const [turn, pages] of own.entries()) {
      expect(pages).not.toContain(turn % 2 === 0 ? 'bob' : 'alice')
    }
    expect(own).toHaveLength(CALLS / 2)
    // Both used the same ids at the same time, and later answers overtook earlier ones.
    expect(ascending(answeredIds(alice))).toEqual(ascending(answeredIds(bob)))
    expect(answeredIds(alice)).not.toEqual(ascending(answeredIds(alice)))
    await Promise.all(
      [alice, bob].flatMap((each) => [each.everything.close(), each.notebook.close()]),
    )
  },
)

it('SIGTERM ends it with 0 and in order, and nothing that it started is left', async () => {
  const serving = await installation.start()
  const alice = await arrive('alice', 'legacy')
  const children = descendants(serving.pid)
  expect(children.length).toBeGreaterThanOrEqual(2)
  const began = performance.now()
  const { code, signal, stderr } = await serving.end('SIGTERM')
  expect({ code, signal }).toEqual({ code: 0, signal: null })
  expect(performance.now() - began).toBeLessThan(7_000)
  expect(stderr).toContain('Stopping')
  expect(running(children)).toEqual([])
  await alice.everything.close()
  await alice.notebook.close()
})

it('SIGKILL lets it say nothing, and its children end because nobody speaks to them', async () => {
  const serving = await installation.start()
  const alice = await arrive('alice', 'legacy')
  const children = descendants(serving.pid)
  expect(children.length).toBeGreaterThanOrEqual(2)
  expect((await serving.end('SIGKILL')).signal).toBe('SIGKILL')
  await vi.waitFor(() => expect(running(children)).toEqual([]), { timeout: 10_000, interval: 50 })
  await alice.everything.close()
  await alice.notebook.close()
})
