/** A single-page application in Chromium, against `warder serve` and an API of its own. */

import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { build } from 'vite'
import { beforeAll, describe, expect, it } from 'vitest'
import { startChromium, type Watched } from './support/chromium.ts'
import type { Person } from './support/installation.ts'
import { HOST, type ReactApp, startReactApp } from './support/react-app.ts'

let app: ReactApp
let alice: Person
let bob: Person
let open: () => Promise<Watched>
beforeAll(async () => {
  app = await startReactApp()
  alice = await app.installation.addUser('alice@example.com')
  bob = await app.installation.addUser('bob@example.com')
  const start = await startChromium([`--host-resolver-rules=MAP ${HOST} 127.0.0.1`])
  open = () => start({ ignoreHTTPSErrors: true })
})

/** At Warder: who they are, and that the page may, if nobody remembers. */
async function answer(page: Page, { username, password }: Person): Promise<void> {
  await page.fill('#username', username)
  await page.fill('#password', password)
  await page.click('button[value=login]')
  const isBack = page.waitForURL((url) => url.origin === app.origin)
  const asked = page.waitForSelector('#approve').then(() => page.click('#approve'))
  await Promise.any([isBack, asked])
  await isBack
  // Whichever was not needed.
  asked.catch(() => {})
}

const signedIn = (page: Page) => page.waitForSelector('[data-testid=subject]')

/** Somebody who has the page open, and what it sent. */
async function visit(person: Person = alice): Promise<Watched & { readonly sent: string[] }> {
  const watched = await open()
  const { page } = watched
  const sent: string[] = []
  page.context().on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (request.method() !== 'OPTIONS') sent.push(`${request.method()} ${pathname}`)
  })
  await page.goto(app.origin)
  await answer(page, person)
  await signedIn(page)
  return { ...watched, sent }
}

/** Chromium calls some requests aborted whose answers a page has read to the end; the rest of a test tells. */
const real = (complaints: readonly string[]) =>
  complaints.filter((complaint) => !complaint.endsWith('/token failed'))

const refreshes = (sent: readonly string[]) => sent.filter((line) => line === 'POST /token').length

/** Everything that a page has kept, in any place that scripts can read. */
const kept = (page: Page) =>
  page.evaluate(async () => {
    const databases = await indexedDB.databases()
    const caches = await globalThis.caches.keys()
    return {
      local: { ...localStorage },
      session: { ...sessionStorage },
      cookie: document.cookie,
      databases: databases.map(({ name }) => name),
      caches,
    }
  })

describe('A single-page application in Chromium', () => {
  it('sends the user to sign in, and calls its API for them', async () => {
    const { page, complaints, sent } = await visit()
    await page.fill('#text', 'A kingfisher by the weir')
    await page.click('text=Keep it')
    await page.waitForSelector('li:has-text("A kingfisher by the weir")')
    expect(page.url()).toBe(`${app.origin}/`)
    expect(real(complaints)).toEqual([])
    expect(sent.filter((line) => line.endsWith('/notes'))).toEqual(['GET /notes', 'POST /notes'])
  })

  it('keeps no token where a script could find it later', async () => {
    const { page } = await visit()
    const found = await kept(page)
    expect(found).toEqual({
      local: {},
      session: { [Object.keys(found.session)[0] ?? '']: 'yes' },
      cookie: '',
      databases: [],
      caches: [],
    })
  })

  it('has a new token when the old one is over, and the user notices nothing', async () => {
    const { page, sent, complaints } = await visit()
    await page.clock.install()
    const before = refreshes(sent)
    await page.clock.fastForward('20:00')
    await page.fill('#text', 'Rain until noon')
    await page.click('text=Keep it')
    await page.waitForSelector('li:has-text("Rain until noon")')
    expect(refreshes(sent)).toBe(before + 1)
    expect(await app.installation.events('token.rotated')).not.toEqual([])
    expect(real(complaints)).toEqual([])
  })

  it('shares the session with a second tab, and one of them renews for both', async () => {
    const { page, sent } = await visit()
    const before = [...sent]
    const second = await page.context().newPage()
    await second.goto(app.origin)
    await signedIn(second)
    expect(sent.slice(before.length).filter((line) => !/assets|notes/.test(line))).toEqual([
      'GET /',
    ])
    const tokens = refreshes(sent)
    for (const each of [page, second]) {
      await each.clock.install()
      await each.clock.fastForward('20:00')
    }
    const reused = (await app.installation.events('token.reused')).length
    await Promise.all(
      [page, second].map(async (each, i) => {
        await each.fill('#text', `Seen from tab ${i}`)
        await each.click('text=Keep it')
        await each.waitForSelector(`li:has-text("Seen from tab ${i}")`)
      }),
    )
    expect(refreshes(sent)).toBe(tokens + 1)
    expect(await app.installation.events('token.reused')).toHaveLength(reused)
  })

  it('comes back signed in after a reload, without a question', async () => {
    const { page, sent } = await visit()
    await page.goto(`${app.origin}/today?month=5#birds`)
    await signedIn(page)
    expect(page.url()).toBe(`${app.origin}/today?month=5#birds`)
    expect(sent.filter((line) => line === 'GET /authorize')).toHaveLength(2)
  })

  it('signs out in every tab, and stays out', async () => {
    const { page } = await visit()
    const second = await page.context().newPage()
    await second.goto(app.origin)
    await signedIn(second)
    const revoked = (await app.installation.events('token.revoked')).length
    await page.click('text=Sign out')
    for (const each of [page, second]) await each.waitForSelector('text=You are signed out')
    expect(await app.installation.events('token.revoked')).toHaveLength(revoked + 1)
    expect(await kept(page)).toMatchObject({ local: {}, session: {} })
    await second.click('text=Sign in')
    await second.waitForURL(
      (url) => url.origin === app.installation.issuer || url.origin === app.origin,
    )
    await signedIn(second)
    // And the other tab is there again too.
    await signedIn(page)
  })

  it('gives nobody the notes of another', async () => {
    const [one, other] = [await visit(alice), await visit(bob)]
    await one.page.fill('#text', 'For my eyes alone')
    await one.page.click('text=Keep it')
    await one.page.waitForSelector('li:has-text("For my eyes alone")')
    await other.page.reload()
    await signedIn(other.page)
    expect(await other.page.innerText('main')).not.toContain('For my eyes alone')
  })
})

describe('An attacker of a single-page application', () => {
  /** The address that Warder sends a person back to, at which the page does not get to run. */
  async function interceptedAnswer({ page }: Watched, person: Person): Promise<URL> {
    await page.goto(app.origin)
    await page.waitForSelector('#username')
    const scripts = `${app.origin}/assets/*.js`
    await page.route(scripts, (route) => route.abort())
    await answer(page, person)
    await page.unroute(scripts)
    return new URL(page.url())
  }

  const refusal = (page: Page) => page.waitForSelector('[role=alert][data-code=response_mismatch]')

  it('CL-04 cannot sign somebody in as another: a state that is not theirs is refused', async () => {
    const attacker = await open()
    const link = await interceptedAnswer(attacker, bob)
    const victim = await open()
    const redeemed = (await app.installation.events('code.redeemed')).length
    await victim.page.goto(link.href)
    await refusal(victim.page)
    expect(victim.page.url()).toBe(`${app.origin}/`)
    expect(await app.installation.events('code.redeemed')).toHaveLength(redeemed)
    // Who is signed in already stays who they are.
    const { page } = await visit(alice)
    const subject = await page.innerText('[data-testid=subject]')
    const second = await page.context().newPage()
    await second.goto(link.href)
    await signedIn(second)
    expect(await second.innerText('[data-testid=subject]')).toBe(subject)
    expect(await app.installation.events('code.redeemed')).toHaveLength(redeemed + 1)
  })

  it('CL-01 cannot pass off the answer of another server: iss is compared', async () => {
    const watched = await open()
    const link = await interceptedAnswer(watched, alice)
    const redeemed = (await app.installation.events('code.redeemed')).length
    link.searchParams.set('iss', 'https://evil.example')
    await watched.page.goto(link.href)
    await refusal(watched.page)
    expect(await watched.page.content()).not.toContain('evil.example')
    expect(await app.installation.events('code.redeemed')).toHaveLength(redeemed)
    expect([...watched.origins].sort()).toEqual([app.installation.issuer, app.origin].sort())
  })
})

/** Looked at by people: `e2e-results/` is not part of the tree. */
const results = fileURLToPath(new URL('../../e2e-results/', import.meta.url))

describe('The page of the example', () => {
  it.each(
    (['light', 'dark'] as const).flatMap((colorScheme) =>
      [1280, 360].map((width) => [colorScheme, width] as const),
    ),
  )('in %s fits a window %i wide', async (colorScheme, width) => {
    mkdirSync(results, { recursive: true })
    const { page } = await visit()
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 740 })
    const draw = async (name: string) => {
      const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement)
      expect(scrollWidth).toBe(clientWidth)
      await page.screenshot({ path: `${results}react-${name}-${colorScheme}-${width}.png` })
    }
    await page.fill('#text', 'Two swifts over the mill')
    await page.click('text=Keep it')
    await page.waitForSelector('li')
    await draw('notes')
    await page.click('text=Sign out')
    await page.waitForSelector('text=You are signed out')
    await draw('signed-out')
    await page.goto(`${app.origin}/?code=x&state=y`)
    await page.waitForSelector('[role=alert]')
    await draw('refused')
  })
})

describe('What a page loads', () => {
  it('warder/browser is less than 10 kB', async () => {
    const entry = fileURLToPath(new URL('../../dist/browser/index.js', import.meta.url))
    const built = await build({
      configFile: false,
      logLevel: 'warn',
      build: {
        write: false,
        rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' },
      },
    })
    const outputs = [built].flat().flatMap((one) => ('output' in one ? one.output : []))
    const code = outputs.map((file) => (file.type === 'chunk' ? file.code : '')).join('')
    expect(code).toContain('code_challenge')
    expect(gzipSync(code).length).toBeLessThan(10_000)
  })
})
