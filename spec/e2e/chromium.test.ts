/** A person with Chromium: sign-in, consent, and the way back to the application. */

import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { type App, startApp } from './support/app.ts'
import { startChromium, type Watched } from './support/chromium.ts'
import { type DocumentHost, startDocumentHost } from './support/documents.ts'
import { elicited } from './support/elicitation.ts'
import { Installation, type Person } from './support/installation.ts'

let installation: Installation
let alice: Person
let bob: Person
let documents: DocumentHost
let open: Awaited<ReturnType<typeof startChromium>>
beforeAll(async () => {
  installation = await Installation.make()
  alice = await installation.addUser('alice@example.com')
  bob = await installation.addUser('bob@example.com')
  await installation.start()
  documents = await startDocumentHost()
  open = await startChromium()
})

let apps = 0
const app = (options: { onward?: string } = {}) =>
  startApp(installation, { name: `Field Notes ${++apps}`, ...options })

async function signIn(page: Page, { username, password }: Person): Promise<void> {
  await page.fill('#username', username)
  await page.fill('#password', password)
  await page.click('button[value=login]')
}

/** The browser is back at the application, or wherever that sent it. */
const arrival = (page: Page, origin: string) => page.waitForURL((url) => url.origin === origin)

/** Nothing was complained of, and nobody else was spoken to. */
function expectQuiet({ complaints, origins }: Watched, ...others: readonly string[]): void {
  expect(complaints).toEqual([])
  expect([...origins].sort()).toEqual([installation.issuer, ...others].sort())
}

/** What an application of Alice's gets to open when a server wants an address opened. */
async function linkTo(application: App, url: string): Promise<string> {
  const { access_token } = await application.redeem()
  const mount = installation.mcp('everything')
  return elicited(mount, access_token, { url, message: 'Connect your account.' })
}

const subjectOf = async (application: App) => {
  const { access_token } = await application.redeem()
  const [, payload = ''] = String(access_token).split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).sub
}

describe.each([
  ['with scripts', true],
  ['without scripts', false],
] as const)('A person with Chromium, %s', (_, javaScriptEnabled) => {
  it('mistypes, signs in, sees who asks for what and where it leads, and allows it', async () => {
    const application = await app()
    const watched = await open({ javaScriptEnabled })
    const { page } = watched
    await page.goto(application.begin().href)
    expect(await page.title()).toContain('Sign in')

    const failures: string[] = []
    for (const username of [alice.username, 'nobody@example.com']) {
      await signIn(page, { username, password: 'not the password at all' })
      await page.waitForSelector('#error[data-code=login_failed]')
      failures.push(await page.innerText('#error'))
      expect(await page.inputValue('#password')).toBe('')
    }
    // Whether there is such an account is nobody's business.
    expect(failures[0]).toBe(failures[1])

    await signIn(page, alice)
    await page.waitForSelector('#approve')
    const text = await page.innerText('main')
    for (const fact of [
      'Field Notes',
      'Unverified',
      'Registered itself',
      'Everything',
      new URL(application.origin).hostname,
      'use the harmless tools',
      alice.username,
    ]) {
      expect(text.toLowerCase()).toContain(fact.toLowerCase())
    }

    await page.click('#approve')
    await arrival(page, application.origin)
    const [answer] = application.answers
    expect(answer?.searchParams.get('iss')).toBe(installation.issuer)
    expect(answer?.searchParams.get('state')).toBe('s')
    expect(await application.redeem()).toMatchObject({ token_type: 'Bearer', scope: 'demo:use' })
    expectQuiet(watched, application.origin)
  })

  it('denies, and the application is told', async () => {
    const application = await app()
    const watched = await open({ javaScriptEnabled })
    await watched.page.goto(application.begin().href)
    await signIn(watched.page, alice)
    await watched.page.click('button[value=deny]')
    await arrival(watched.page, application.origin)
    const [answer] = application.answers
    expect(answer?.searchParams.get('error')).toBe('access_denied')
    expect(answer?.searchParams.get('iss')).toBe(installation.issuer)
    expectQuiet(watched, application.origin)
  })

  it('switches the account, and it is the other person who allows', async () => {
    const application = await app()
    const watched = await open({ javaScriptEnabled })
    const { page } = watched
    await page.goto(application.begin().href)
    await signIn(page, alice)
    expect(await page.innerText('.account')).toContain(alice.username)
    await page.click('button[value=logout]')
    await page.waitForSelector('#password')
    await signIn(page, bob)
    expect(await page.innerText('.account')).toContain(bob.username)
    await page.click('#approve')
    await arrival(page, application.origin)
    const { stdout } = await installation.command(['user', 'list', '--json'])
    const people: { id: string; email: string }[] = JSON.parse(stdout)
    const subject = await subjectOf(application)
    expect(people.find(({ id }) => id === subject)?.email).toBe(bob.username)
    expectQuiet(watched, application.origin)
  })

  it.each([
    ['another port', async () => `${(await app()).origin}/welcome`],
    ['a site', async () => documents.publish('/welcome', { client_name: 'Somewhere else' })],
  ])('is carried on to %s when the application sends them there at once', async (_, where) => {
    const onward = await where()
    const { origin } = new URL(onward)
    const application = await app({ onward })
    const watched = await open({ javaScriptEnabled, ignoreHTTPSErrors: true })
    await watched.page.goto(application.begin().href)
    await signIn(watched.page, alice)
    await watched.page.click('#approve')
    await arrival(watched.page, origin)
    expect(watched.page.url()).toBe(onward)
    expect(application.answers).toHaveLength(1)
    expectQuiet(watched, application.origin, origin)
  })

  it('goes where a server asks them to, seeing where that is; nobody else does', async () => {
    const application = await app()
    const watched = await open({ javaScriptEnabled })
    const { page } = watched
    await page.goto(application.begin().href)
    await signIn(page, alice)
    await page.click('#approve')
    await arrival(page, application.origin)
    const url = `${application.origin}/welcome?state=capability`
    const link = await linkTo(application, url)
    expect(link).not.toContain('capability')

    await page.goto(link)
    const text = await page.innerText('main')
    const { host } = new URL(url)
    for (const fact of ['Everything', 'Connect your account.', host, alice.username]) {
      expect(text).toContain(fact)
    }
    await page.click('#approve')
    await arrival(page, application.origin)
    expect(page.url()).toBe(url)
    expect(await page.evaluate(() => document.referrer)).toBe('')
    expectQuiet(watched, application.origin)

    const other = await open({ javaScriptEnabled })
    await other.page.goto(link)
    await signIn(other.page, bob)
    await other.page.waitForSelector('#error[data-code=access_denied]')
    expect(await other.page.content()).not.toContain(host)
    await other.page.click('button[value=logout]')
    await signIn(other.page, alice)
    await other.page.click('button[value=deny]')
    expect(await other.page.innerText('main')).toContain('close this window')
    expectQuiet(other)
  })

  it('goes back after answering, and is told that it is done', async () => {
    const application = await app()
    const { page } = await open({ javaScriptEnabled })
    await page.goto(application.begin().href)
    await signIn(page, alice)
    await page.waitForSelector('#approve')
    const consent = page.url()
    await page.click('#approve')
    await arrival(page, application.origin)
    await page.goto(consent)
    expect(await page.title()).toContain('Already done')
    expect(application.answers).toHaveLength(1)
  })
})

describe('Chromium', () => {
  it('holds approval back at first, and takes two clicks for one', async () => {
    const application = await app()
    const watched = await open()
    const { page } = watched
    const issued = (await installation.events('code.issued')).length
    await page.goto(application.begin().href)
    await signIn(page, alice)
    const approve = page.locator('#approve')
    await approve.waitFor()
    // A click meant for what was there before, and the Enter that sent the password.
    await approve.click({ force: true, noWaitAfter: true })
    await page.keyboard.press('Enter')
    expect(application.answers).toEqual([])
    await approve.dblclick()
    await arrival(page, application.origin)
    expect(application.answers).toHaveLength(1)
    expect(await installation.events('code.issued')).toHaveLength(issued + 1)
    expect(await application.redeem()).toHaveProperty('access_token')
    expectQuiet(watched, application.origin)
  })

  it('keeps the cookies to itself: of this host alone, unseen by scripts, not sent by others', async () => {
    const application = await app()
    const { page } = await open()
    await page.goto(application.begin().href)
    await signIn(page, alice)
    await page.waitForSelector('#approve')
    const cookies = await page.context().cookies()
    expect(cookies.map(({ name }) => name.replace(/_int_.*/, '_int')).sort()).toEqual([
      '__Host-wd_dev',
      '__Host-wd_int',
      '__Host-wd_sid',
    ])
    for (const each of cookies) {
      expect(each).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Lax', path: '/' })
      expect(each.domain).toBe('localhost')
    }
    expect(await page.evaluate(() => document.cookie)).toBe('')
  })

  it('shows an error instead of leaving for an address that is not registered', async () => {
    const application = await app()
    const { page, origins } = await open()
    await page.goto(application.begin({ redirect_uri: 'https://evil.example/' }).href)
    expect(await page.getAttribute('#error', 'data-code')).toBe('invalid_request')
    expect([...origins]).toEqual([installation.issuer])
  })
})

/** Looked at by people: `e2e-results/` is not part of the tree. */
const results = fileURLToPath(new URL('../../e2e-results/', import.meta.url))

describe.each(['light', 'dark'] as const)('In %s', (colorScheme) => {
  it.each([1280, 360])('the pages fit a window %i wide, and are drawn', async (width) => {
    mkdirSync(results, { recursive: true })
    const application = await app()
    const { page } = await open({
      colorScheme,
      viewport: { width, height: width === 360 ? 740 : 800 },
      deviceScaleFactor: width === 360 ? 2 : 1,
    })
    const draw = async (name: string) => {
      const excess = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement
        return scrollWidth - clientWidth
      })
      expect(excess).toBe(0)
      const path = `${results}${name}-${colorScheme}-${width}.png`
      await page.screenshot({ path, fullPage: true })
    }
    await page.goto(`${installation.issuer}/`)
    await draw('home')
    await page.goto(application.begin({ scope: 'nothing' }).href)
    await draw('interstitial')
    await page.goto(application.begin({ scope: 'openid offline_access demo:admin demo:run' }).href)
    await draw('login')
    await signIn(page, { username: alice.username, password: 'wrong' })
    await page.waitForSelector('#error')
    await draw('login-failed')
    await signIn(page, alice)
    await page.waitForSelector('#approve:enabled')
    await draw('consent')
    const consent = page.url()
    await page.click('#approve')
    await arrival(page, application.origin)
    await page.goto(consent)
    await draw('done')
    await page.goto(await linkTo(application, `${application.origin}/welcome`))
    await page.waitForSelector('#approve:enabled')
    await draw('elicitation')
    await page.goto(application.begin({ client_id: 'nobody' }).href)
    await draw('error')
  })
})
