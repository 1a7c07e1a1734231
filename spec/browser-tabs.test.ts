/** Several tabs, one session: shared without being kept, renewed by one, ended in all. */

import { describe, expect, it } from 'vitest'
import { API } from './support/authorization-server.ts'
import { settled } from './support/page-browser.ts'
import { type PageWorld, pageOptions, pageWorld, refreshes } from './support/page-world.ts'

/** The forms that were sent to the token endpoint, and nothing else that left pages for the server. */
const grantTypes = async ({ requests }: PageWorld) => {
  const forms = await Promise.all(
    requests.filter(({ url }) => url.endsWith('/token')).map((request) => request.clone().text()),
  )
  return forms.map((form) => new URLSearchParams(form).get('grant_type'))
}

describe('Tabs of one application', () => {
  it('a second tab is signed in without asking the server', async () => {
    const world = await pageWorld()
    const person = world.person()
    const first = await person.signedIn()
    const before = world.requests.length
    const second = person.tab()
    expect(await second.load(pageOptions)).toMatchObject({ status: 'signed-in' })
    expect(await second.client.token()).toBe(await first.client.token())
    expect(second.client.state()).toMatchObject(first.client.state())
    expect(world.requests).toHaveLength(before)
  })

  it('one tab renews, and all have the new tokens', async () => {
    const world = await pageWorld()
    const person = world.person()
    const tabs = [await person.signedIn(), person.tab(), person.tab(), person.tab()]
    for (const tab of tabs.slice(1)) await tab.load(pageOptions)
    const before = await tabs[0]?.client.token()
    for (let round = 1; round <= 3; round++) {
      person.pages.pass(1_000_000)
      const tokens = await Promise.all(tabs.map(({ client }) => client.token()))
      expect(new Set(tokens).size).toBe(1)
      expect(tokens[0]).not.toBe(before)
      expect(await refreshes(world)).toBe(round)
    }
    expect(world.events.some(({ type }) => /retried|reused/.test(type))).toBe(false)
  })

  it('a tab sees that another was first, also while the message is still on its way', async () => {
    const world = await pageWorld()
    const person = world.person()
    const [first, second] = [await person.signedIn(), person.tab()]
    await second.load(pageOptions)
    person.pages.pass(1_000_000)
    person.pages.isSlow = true
    const renewed = await first.client.token()
    const token = second.client.token()
    await settled()
    expect(await refreshes(world)).toBe(1)
    await person.pages.deliver()
    expect(await token).toBe(renewed)
    expect(await refreshes(world)).toBe(1)
  })

  it('a tab that never answers holds nobody up, and nobody is signed out for it', async () => {
    const world = await pageWorld()
    const person = world.person()
    const [first, second] = [await person.signedIn(), person.tab()]
    await second.load(pageOptions)
    person.pages.pass(1_000_000)
    person.pages.isSlow = true
    const renewed = await first.client.token()
    const token = second.client.token()
    await settled()
    person.pages.pass(1_000)
    // It renews with the token before, as if the answer had been lost: the server gives the same again.
    expect(await token).not.toBe(renewed)
    expect(world.events.some(({ type }) => type === 'token.retried')).toBe(true)
    await person.pages.deliver()
    person.pages.isSlow = false
    person.pages.pass(1_000_000)
    await Promise.all([first.client.token(), second.client.token()])
    expect(world.events.some(({ type }) => type === 'token.reused')).toBe(false)
  })

  it('a tab that crashes while it renews holds nobody up', async () => {
    const world = await pageWorld()
    const person = world.person()
    const [first, second] = [await person.signedIn(), person.tab()]
    await second.load(pageOptions)
    person.pages.pass(1_000_000)
    world.intercept = () => new Promise(() => {})
    void first.client.token().catch(() => {})
    await settled()
    const token = second.client.token()
    await settled()
    world.intercept = () => undefined
    first.unload()
    expect(await token).toBeTypeOf('string')
    expect(person.pages.locked).toHaveLength(1)
  })

  it('signing out ends the session in every tab, and a new tab finds none', async () => {
    const world = await pageWorld()
    const person = world.person()
    const [first, second] = [await person.signedIn(), person.tab()]
    await second.load(pageOptions)
    await second.client.signOut()
    await settled()
    expect(first.client.state()).toEqual({ status: 'signed-out', ended: true })
    await expect(first.client.token()).rejects.toMatchObject({ code: 'sign_in_needed' })
    const third = person.tab()
    expect(await third.load(pageOptions)).toEqual({ status: 'signed-out', ended: false })
    expect(await first.load(pageOptions)).toEqual({ status: 'signed-out', ended: false })
    expect(person.pages.locked).toEqual([])
  })

  it('a tab that has not heard of the sign-out is told by the server', async () => {
    const world = await pageWorld()
    const person = world.person()
    const [first, second] = [await person.signedIn(), person.tab()]
    await second.load(pageOptions)
    person.pages.isSlow = true
    await second.client.signOut()
    person.pages.pass(1_000_000)
    await expect(first.client.token()).rejects.toMatchObject({ code: 'sign_in_needed' })
    expect(first.client.state()).toEqual({ status: 'signed-out', ended: true })
  })

  it('a later sign-in takes the place of the one before in all tabs, and gives that back', async () => {
    const world = await pageWorld()
    const person = world.person()
    const [first, second] = [await person.signedIn(), person.tab()]
    await second.load(pageOptions)
    const before = await first.client.token()
    await second.client.signIn({ prompt: 'login' })
    await second.load(pageOptions, await person.answer(second))
    await settled()
    expect(await first.client.token()).toBe(await second.client.token())
    expect(await first.client.token()).not.toBe(before)
    expect(world.events.filter(({ type }) => type === 'token.revoked')).toHaveLength(1)
  })

  it('an older session that arrives late changes nothing', async () => {
    const world = await pageWorld()
    const person = world.person()
    const [first, second] = [await person.signedIn(), person.tab()]
    await second.load(pageOptions)
    const heard: unknown[] = []
    const { name } = [...person.pages.listeners.values()][0] ?? { name: '' }
    person.pages.listeners.set({}, { name, hear: (data) => void heard.push(data) })
    person.pages.pass(1_000_000)
    await first.client.token()
    await settled()
    const [old] = heard
    person.pages.pass(1_000_000)
    const newest = await second.client.token()
    for (const listener of person.pages.listeners.values()) listener.hear(structuredClone(old))
    await settled()
    expect(await first.client.token()).toBe(newest)
    expect(await second.client.token()).toBe(newest)
  })

  it('messages of other versions of the application are no harm', async () => {
    const person = (await pageWorld()).person()
    const tab = await person.signedIn()
    const before = tab.client.state()
    const nonsense = [
      null,
      'session',
      { kind: 'session' },
      { kind: 'session', session: { lineage: '9', generation: 1 } },
      { kind: 'session', session: null },
      { kind: 'signed-out' },
      { kind: 'signed-out', lineage: 7 },
      { kind: 'another' },
    ]
    for (const { hear } of person.pages.listeners.values()) for (const each of nonsense) hear(each)
    expect(tab.client.state()).toBe(before)
  })
})

describe('A reload', () => {
  it('asks the other tabs first', async () => {
    const world = await pageWorld()
    const person = world.person()
    const [first, second] = [await person.signedIn(), person.tab()]
    await second.load(pageOptions)
    const before = world.requests.length
    expect(await first.load(pageOptions)).toMatchObject({ status: 'signed-in' })
    expect(world.requests).toHaveLength(before)
  })

  it('of the only tab goes to the server and straight back, once', async () => {
    const world = await pageWorld()
    const person = world.person()
    const tab = await person.signedIn()
    expect(await tab.load(pageOptions, 'https://spa.test/orders')).toEqual({ status: 'starting' })
    expect(new URL(tab.left ?? '').searchParams.get('prompt')).toBe('none')
    const query = Object.fromEntries(new URL(tab.left ?? '').searchParams)
    // Nobody is asked anything: the first answer is the way back.
    const { response } = await person.cookies.start(query)
    const state = await tab.load(pageOptions, response.headers.get('location') ?? '')
    expect(state).toMatchObject({ status: 'signed-in' })
    expect(tab.address).toBe('https://spa.test/orders')
    expect(await grantTypes(world)).toEqual(['authorization_code', 'authorization_code'])
  })

  it('shows nobody signed in, without a word, when the server would have to ask', async () => {
    const person = (await pageWorld()).person()
    const tab = await person.signedIn()
    await tab.load(pageOptions)
    const query = Object.fromEntries(new URL(tab.left ?? '').searchParams)
    person.cookies.cookies.clear()
    const { response } = await person.cookies.start(query)
    const location = response.headers.get('location') ?? ''
    expect(new URL(location).searchParams.get('error')).toBe('login_required')
    expect(await tab.load(pageOptions, location)).toEqual({ status: 'signed-out', ended: false })
    // And never in a circle.
    expect(await tab.load(pageOptions)).toEqual({ status: 'signed-out', ended: false })
    expect(tab.left).toBeUndefined()
  })

  it('tries again later when the server is away', async () => {
    const world = await pageWorld()
    const tab = await world.person().signedIn()
    world.intercept = () => new Response(null, { status: 503 })
    expect(await tab.load(pageOptions)).toMatchObject({ error: { code: 'try_later' } })
    world.intercept = () => undefined
    expect(await tab.load(pageOptions)).toEqual({ status: 'starting' })
  })

  it('goes nowhere in a frame, where it is told not to, and in a tab where nobody was', async () => {
    const person = (await pageWorld()).person()
    const tab = await person.signedIn()
    tab.framed = true
    expect(await tab.load(pageOptions)).toMatchObject({ status: 'signed-out' })
    tab.framed = false
    const still = { ...pageOptions, silentReturn: false }
    expect(await tab.load(still)).toMatchObject({ status: 'signed-out' })
    tab.unload()
    const other = person.tab()
    expect(await other.load(pageOptions)).toMatchObject({ status: 'signed-out' })
    expect([tab.left, other.left]).toEqual([undefined, undefined])
  })
})

describe('Two applications of one origin', () => {
  it('do not hear of each other', async () => {
    const world = await pageWorld()
    const person = world.person()
    await person.signedIn()
    const other = person.tab()
    const { resource: _, ...rest } = pageOptions
    expect(await other.load({ ...rest, apis: [API] })).toMatchObject({ status: 'signed-out' })
  })
})
