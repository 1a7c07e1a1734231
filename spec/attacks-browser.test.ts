/** Attacks on the client of a page, by the ids of the catalogue. */

import { describe, expect, it } from 'vitest'
import { ISSUER } from './support/authorization-server.ts'
import { settled, type Tab } from './support/page-browser.ts'
import {
  CALLBACK,
  PAGE,
  type PageWorld,
  type Person,
  pageOptions,
  pageWorld,
} from './support/page-world.ts'

const OTHER = 'https://as2.test'

/** A tab that has gone to the server, and the honest answer that is on its way back. */
async function underway(person: Person): Promise<{ tab: Tab; answer: URL }> {
  const tab = person.tab()
  await tab.load(pageOptions)
  await tab.client.signIn()
  return { tab, answer: new URL(await person.answer(tab)) }
}

/** The same address with other parameters; nothing takes one away. */
function changed(url: URL, parameters: Readonly<Record<string, string | undefined>>): string {
  const next = new URL(url)
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) next.searchParams.delete(name)
    else next.searchParams.set(name, value)
  }
  return next.href
}

/** What left the page for the token endpoint: nothing, where an answer was refused in time. */
const tokenRequests = ({ sent }: Tab) => sent.filter(({ url }) => url.endsWith('/token')).length

const refused = { status: 'signed-out', error: { code: 'response_mismatch' } } as const

/** Whether answers of the server say their issuer, as its metadata has it. */
function advertise(world: PageWorld, namesIssuer: boolean): void {
  world.intercept = async (request) => {
    if (!request.url.includes('/.well-known/')) return undefined
    const document = await (await world.server.fetch(request)).json()
    return Response.json({
      ...document,
      authorization_response_iss_parameter_supported: namesIssuer,
    })
  }
}

describe('1.18 OAuth client, in a page', () => {
  it('CL-01 refuses an answer of another server than the one it asked, before anything is sent', async () => {
    const { tab, answer } = await underway((await pageWorld()).person())
    const state = await tab.load(pageOptions, changed(answer, { iss: OTHER }))
    expect(state).toMatchObject(refused)
    expect(tokenRequests(tab)).toBe(0)
    expect(JSON.stringify(state)).not.toContain('as2')
    // It is spent: the honest answer comes too late.
    expect(await tab.load(pageOptions, answer.href)).toMatchObject(refused)
  })

  it.each([
    [true, ISSUER, true],
    [true, undefined, false],
    [true, OTHER, false],
    [false, ISSUER, true],
    [false, undefined, true],
    [false, OTHER, false],
    [true, `${ISSUER}/`, false],
    [true, 'https://AS.test', false],
    [true, 'https://as.test:443', false],
    [true, '', false],
  ])('CL-02 advertised %s, iss %s: accepted %s', async (namesIssuer, iss, isAccepted) => {
    for (const given of [{}, { code: undefined, error: 'access_denied' }]) {
      const world = await pageWorld()
      advertise(world, namesIssuer)
      const { tab, answer } = await underway(world.person())
      const state = await tab.load(pageOptions, changed(answer, { ...given, iss }))
      const isError = 'error' in given
      const accepted = isError
        ? { status: 'signed-out', error: { code: 'refused' } }
        : { status: 'signed-in' }
      expect(state).toMatchObject(isAccepted ? accepted : refused)
      expect(tokenRequests(tab)).toBe(isAccepted && !isError ? 1 : 0)
    }
  })

  it('CL-03 repeats nothing of an error whose issuer is wrong, and no prose of any', async () => {
    const lure = { code: undefined, error: 'call_0900', error_description: 'Call 0900 now' }
    const first = await underway((await pageWorld()).person())
    const wrong = await first.tab.load(pageOptions, changed(first.answer, { ...lure, iss: OTHER }))
    expect(wrong).toMatchObject(refused)
    const second = await underway((await pageWorld()).person())
    const right = await second.tab.load(
      pageOptions,
      changed(second.answer, { ...lure, error: '<b>Call</b>' }),
    )
    expect(right).toMatchObject({ error: { code: 'refused' } })
    for (const state of [wrong, right]) {
      if (state.status === 'starting' || state.error === undefined) throw new Error('No error.')
      const { message, detail, serverCode } = state.error
      expect(`${message} ${detail} ${serverCode}`).not.toMatch(/call|0900/i)
    }
  })

  it('CL-04 refuses a state that is missing, twice there, or was never made', async () => {
    for (const change of [
      (url: URL) => changed(url, { state: '' }),
      (url: URL) => changed(url, { state: 'x'.repeat(43) }),
      (url: URL) => `${url.href}&state=x`,
      (url: URL) => `${url.href}&state=${url.searchParams.get('state')}`,
    ]) {
      const { tab, answer } = await underway((await pageWorld()).person())
      expect(await tab.load(pageOptions, change(answer))).toMatchObject(refused)
      expect(tokenRequests(tab)).toBe(0)
      expect(tab.address).toBe(CALLBACK)
    }
    // Without one there is nothing that could be an answer.
    const { tab, answer } = await underway((await pageWorld()).person())
    const state = await tab.load(pageOptions, changed(answer, { state: undefined }))
    expect(state).toEqual({ status: 'signed-out', ended: false })
    expect(tokenRequests(tab)).toBe(0)
  })

  it('CL-04 refuses the answer that another tab waits for, and one that was used', async () => {
    const person = (await pageWorld()).person()
    const { tab, answer } = await underway(person)
    const other = await underway(person)
    expect(await other.tab.load(pageOptions, answer.href)).toMatchObject(refused)
    // Neither is lost by that.
    expect(await tab.load(pageOptions, answer.href)).toMatchObject({ status: 'signed-in' })
    tab.unload()
    expect(await tab.load(pageOptions, answer.href)).toMatchObject(refused)
    expect(tokenRequests(tab)).toBe(1)
  })

  it('CL-04 refuses an answer that comes after half an hour, or for another redirect URI', async () => {
    const person = (await pageWorld()).person()
    const late = await underway(person)
    person.pages.pass(30 * 60_000 + 1)
    expect(await late.tab.load(pageOptions, late.answer.href)).toMatchObject(refused)
    const moved = await underway(person)
    const elsewhere = { ...pageOptions, redirectUri: 'https://spa.test/cb2' }
    const address = moved.answer.href.replace('/cb?', '/cb2?')
    expect(await moved.tab.load(elsewhere, address)).toMatchObject(refused)
    const other = { ...pageOptions, issuer: OTHER }
    const another = await underway(person)
    expect(await another.tab.load(other, another.answer.href)).toMatchObject(refused)
    expect(tokenRequests(another.tab)).toBe(0)
  })

  it('CL-04 does not sign a user in as the attacker whose link they follow, nor out', async () => {
    const world = await pageWorld()
    const victim = world.person()
    const tab = await victim.signedIn()
    const before = tab.client.state()
    const attacker = await underway(world.person())
    const other = victim.tab()
    const state = await other.load(pageOptions, attacker.answer.href)
    // Still who they were, and told that something came to nothing.
    expect(state).toMatchObject({ ...before, error: { code: 'response_mismatch' } })
    expect(tokenRequests(other)).toBe(0)
    expect(tab.client.state()).toEqual(before)
  })
})

describe('1.19 Pages', () => {
  it('BR-05 keeps no token anywhere but in memory, and nothing at all in the address', async () => {
    const person = (await pageWorld()).person()
    const tab = await person.signedIn()
    const token = await tab.client.token()
    const stored = [...tab.stored]
    expect(stored).toEqual([[expect.stringContaining('signed-in'), 'yes']])
    expect(JSON.stringify(stored)).not.toContain(token)
    expect(tab.address).toBe(PAGE)
    // What is shown to components has none either: it ends up in tools and in error reports.
    expect(JSON.stringify(tab.client.state())).not.toContain(token)
    expect(JSON.stringify(tab.client)).not.toContain(token)
  })

  it('BR-05 keeps the code verifier until the answer comes, and no longer', async () => {
    const { tab, answer } = await underway((await pageWorld()).person())
    expect(JSON.stringify([...tab.stored])).toContain('codeVerifier')
    await tab.load(pageOptions, answer.href)
    expect(JSON.stringify([...tab.stored])).not.toContain('codeVerifier')
  })

  it.each(['', 'not JSON', '[]', '{"state":1}'])(
    'BR-05 a memory that is none of ours counts as none: %s',
    async (text) => {
      const { tab, answer } = await underway((await pageWorld()).person())
      for (const name of tab.stored.keys()) tab.stored.set(name, text)
      expect(await tab.load(pageOptions, answer.href)).toMatchObject(refused)
      expect(tokenRequests(tab)).toBe(0)
    },
  )

  it('BR-05 tells the code to nobody: it is out of the address before the first request', async () => {
    const world = await pageWorld()
    const { tab, answer } = await underway(world.person())
    const addresses: string[] = []
    world.intercept = () => {
      addresses.push(tab.address)
      return undefined
    }
    await tab.load(pageOptions, answer.href)
    expect(addresses).not.toEqual([])
    for (const address of addresses) expect(address).not.toMatch(/code=|state=/)
    for (const { credentials, redirect, cache } of tab.sent) {
      expect({ credentials, redirect, cache }).toEqual({
        credentials: 'omit',
        redirect: 'error',
        cache: 'no-store',
      })
    }
  })

  it('BR-05 hands tokens only to tabs, by a channel that no other origin and no window reaches', async () => {
    const person = (await pageWorld()).person()
    const tab = await person.signedIn()
    const token = await tab.client.token()
    const heard: unknown[] = []
    const listen = (name: string) =>
      person.pages.listeners.set({}, { name, hear: (data) => void heard.push(data) })
    listen('warder')
    listen('')
    await person.tab().load(pageOptions)
    await settled()
    expect(JSON.stringify(heard)).not.toContain(token)
  })

  it('BR-10 refuses an answer that comes to another browser than the one that asked', async () => {
    const world = await pageWorld()
    const { answer } = await underway(world.person())
    const tab = world.person().tab()
    expect(await tab.load(pageOptions, answer.href)).toMatchObject(refused)
    expect(tokenRequests(tab)).toBe(0)
    expect(world.events.some(({ type }) => type === 'code.redeemed')).toBe(false)
  })
})
