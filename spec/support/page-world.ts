/** An authorization server, an API behind a guard, and people with browsers who use a page. */

import type { BrowserClientOptions } from 'warder/browser'
import { fetchGuard } from 'warder/fetch'
import { createGuard } from 'warder/guard'
import {
  API,
  authorizationServer,
  ISSUER,
  type Rig,
  type RigOptions,
} from './authorization-server.ts'
import type { Browser } from './browser.ts'
import { PageBrowser, type Tab, type World } from './page-browser.ts'

/** The page's address, and where its answers come to. */
export const PAGE = 'https://spa.test/app?page=2#top'
export const CALLBACK = 'https://spa.test/cb'

/** What the page says of itself. */
export const pageOptions: BrowserClientOptions = {
  issuer: ISSUER,
  clientId: 'pub',
  redirectUri: CALLBACK,
  resource: API,
  scopes: ['openid', 'bills:read'],
}

export interface PageWorld extends Rig {
  /** Every request that left a page. */
  readonly requests: Request[]
  /** Answers in the place of the servers, where it answers. */
  intercept: (request: Request) => Response | undefined | Promise<Response | undefined>
  /** Answers what leaves a page or a client. */
  answer(request: Request): Promise<Response>
  /** Somebody's browser. */
  person(): Person
}

/** A browser, and the person in front of it. */
export interface Person {
  readonly pages: PageBrowser
  /** The cookies of the authorization server. */
  readonly cookies: Browser
  tab(): Tab
  /** At the server where the tab has gone: signs in and allows if asked. Gives the address that comes back. */
  answer(tab: Tab, username?: string): Promise<string>
  /** A tab in which somebody has signed in. */
  signedIn(options?: BrowserClientOptions, username?: string): Promise<Tab>
}

export async function pageWorld(options: RigOptions = {}): Promise<PageWorld> {
  const rig = await authorizationServer(options)
  const requests: Request[] = []
  const guard = createGuard({
    issuer: ISSUER,
    resource: API,
    platform: rig.platform,
    fetch: (input: RequestInfo | URL, init?: RequestInit) =>
      rig.server.fetch(new Request(input, init)),
  })
  const api = fetchGuard(guard, { scopes: ['bills:read'] }, ({ principal }) =>
    Response.json({ subject: principal.subject }),
  )
  const world: PageWorld = {
    ...rig,
    requests,
    intercept: () => undefined,
    answer: (request) => answer(request),
    person: () => makePerson(rig, { platform: rig.platform, fetch: answer }),
  }
  const answer = async (request: Request): Promise<Response> => {
    requests.push(request.clone())
    const given = await world.intercept(request)
    if (given !== undefined) return given
    const { origin } = new URL(request.url)
    if (origin === ISSUER) return rig.server.fetch(request)
    if (`${origin}/` === API) return api(request)
    throw new TypeError('Failed to fetch')
  }
  return world
}

function makePerson(rig: Rig, world: World): Person {
  const pages = new PageBrowser(world)
  const cookies = rig.browser()
  const person: Person = {
    ...{ pages, cookies },
    tab: () => pages.tab(PAGE),
    async answer(tab, username) {
      const { left } = tab
      if (left === undefined) throw new Error('The tab is still at the page.')
      const query = Object.fromEntries(new URL(left).searchParams)
      return cookies.authorize(query, username)
    },
    async signedIn(options = pageOptions, username) {
      const tab = person.tab()
      await tab.load(options)
      await tab.client.signIn()
      const state = await tab.load(options, await person.answer(tab, username))
      if (state.status !== 'signed-in') throw new Error(`Not signed in: ${JSON.stringify(state)}`)
      return tab
    },
  }
  return person
}

/** How often tokens were renewed. */
export const refreshes = async ({ requests }: PageWorld): Promise<number> => {
  const forms = await Promise.all(
    requests.filter(({ url }) => url.endsWith('/token')).map((request) => request.clone().text()),
  )
  return forms.filter((form) => form.includes('grant_type=refresh_token')).length
}
