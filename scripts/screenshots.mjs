/**
 * Draws every page with sample data in headless Chromium: light and dark, wide and narrow.
 *
 *   node scripts/screenshots.mjs DIRECTORY
 *
 * Fails when a page breaks its own content security policy, is wider than its window, makes one
 * answer larger than the other, or lets an approval through before the reader can have seen it.
 * Chromium is found through CHROMIUM, or at /usr/bin/chromium.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const [directory] = process.argv.slice(2)
if (directory === undefined) {
  console.error('usage: node scripts/screenshots.mjs DIRECTORY')
  process.exit(2)
}

const root = resolve(import.meta.dirname, '..')
const pages = await compilePages()
const now = Date.UTC(2026, 8, 14, 14, 5, 20)
const context = { nonce: 'c2NyZWVuc2hvdHM', issuer: 'https://auth.example.com' }

const login = {
  action: '/authorize/login',
  csrf: 'sample',
  clientName: 'MCP Inspector',
  clientHost: 'inspector.example.org',
  redirectUri: 'https://inspector.example.org/callback',
  passwordReset: '/reset',
}

const consent = {
  action: '/authorize/consent',
  csrf: 'sample',
  account: 'alice@example.com',
  client: {
    name: 'MCP Inspector',
    verified: false,
    source: { kind: 'document', clientId: 'https://inspector.example.org/client.json' },
  },
  redirectUri: 'https://inspector.example.org/callback',
  resource: { name: 'Project files', uri: 'https://auth.example.com/mcp/files' },
  scopes: [
    { description: 'List your folders and read your files', risk: 'read' },
    { description: 'Create files and change what is in them', risk: 'change' },
    { description: 'Keep its access while you are not using it', risk: 'offline' },
  ],
  lifetime: 30 * 86_400,
  startedAt: now - 130_000,
  now,
}

const { redirectUri: _, ...shared } = consent

const deviceConsent = {
  ...shared,
  action: '/device',
  client: { name: 'Atelier command line', verified: true, source: { kind: 'administrator' } },
  userCode: 'WDJB-MJHT',
  asked: { from: '203.0.113.7', near: true },
}

const deviceCode = {
  action: '/device',
  csrf: 'sample',
  account: 'alice@example.com',
  userCode: undefined,
}

const samples = {
  'device-code': () => pages.deviceCodePage(deviceCode, context),
  'device-code-link': () => pages.deviceCodePage({ ...deviceCode, userCode: 'WDJB-MJHT' }, context),
  'device-code-error': () =>
    pages.deviceCodePage(
      {
        ...deviceCode,
        error: {
          code: 'invalid_user_code',
          message: 'That code does not work. Check it, or have the device show a new one.',
        },
      },
      context,
    ),
  'device-consent': () => pages.deviceConsentPage(deviceConsent, context),
  'device-consent-far': () =>
    pages.deviceConsentPage(
      {
        ...deviceConsent,
        client: { ...deviceConsent.client, name: 'x'.repeat(90) },
        asked: { from: '2001:db8:85a3:8d3:1319:8a2e:370:7348', near: false },
      },
      context,
    ),
  'device-connected': () => pages.deviceConnectedPage(context),
  'device-refused': () => pages.deviceRefusedPage(context),
  'login-direct': () => pages.loginPage({ action: '/login', csrf: 'sample' }, context),
  login: () => pages.loginPage(login, context),
  'login-error': () =>
    pages.loginPage(
      {
        ...login,
        username: 'alice@example.com',
        error: {
          code: 'login_failed',
          message: 'That email address and password do not belong together. Try again.',
        },
      },
      context,
    ),
  consent: () => pages.consentPage(consent, context),
  'consent-computer': () =>
    pages.consentPage(
      {
        ...consent,
        client: {
          name: 'Claude Code',
          verified: false,
          source: { kind: 'dynamic', registeredAt: now - 190_000 },
        },
        redirectUri: 'http://127.0.0.1:49152/callback',
        scopes: [
          ...consent.scopes,
          { description: 'Delete files for good', risk: 'delete' },
          { description: 'Buy more storage with the card on file', risk: 'spend' },
        ],
      },
      context,
    ),
  'consent-verified': () =>
    pages.consentPage(
      {
        ...consent,
        client: { name: 'Ledger Desk', verified: true, source: { kind: 'administrator' } },
        redirectUri: 'https://desk.ledger.example/oauth/return',
        scopes: [{ description: 'List your folders and read your files', risk: 'read' }],
      },
      context,
    ),
  'consent-hostile': () =>
    pages.consentPage(
      {
        ...consent,
        account: 'bartholomew.featherstonehaugh-cholmondeley@subsidiary.example.com',
        client: {
          name: '<b>Pаypal</b> \u202eelgooG \u2714 VERIFIED by everyone, everywhere, always, trust me',
          verified: false,
          source: { kind: 'document', clientId: 'https://pаypal.example/client.json' },
        },
        redirectUri: 'https://accounts.google.com.sign-in.session-8f3a1c.collect.evil.test/cb',
      },
      context,
    ),
  error: () =>
    pages.errorPage(
      {
        status: 400,
        code: 'invalid_request',
        message: 'The address to return to is not one that this app has registered.',
        correlationId: 'q8Zt3mXf0cVY1nRkPw5b7A',
      },
      context,
    ),
  'error-server': () =>
    pages.errorPage(
      {
        status: 500,
        code: 'server_error',
        message: 'The request could not be finished. Nothing was shared.',
        correlationId: 'q8Zt3mXf0cVY1nRkPw5b7A',
      },
      context,
    ),
  interstitial: () =>
    pages.interstitialPage(
      {
        code: 'invalid_scope',
        message: 'The app asked for something that does not exist here.',
        clientName: 'Totally Safe App',
        continueTo: 'https://collect.evil.test/cb?error=invalid_scope&state=x',
        correlationId: 'q8Zt3mXf0cVY1nRkPw5b7A',
      },
      context,
    ),
  done: () => pages.donePage(context),
}

const problems = []
mkdirSync(directory, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
try {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 360]) await drawAll(colorScheme, width)
  }
} finally {
  await browser.close()
}
for (const problem of problems) console.error(problem)
const drawn = Object.keys(samples).length * 4
console.log(`screenshots: ${drawn} in ${resolve(directory)}, ${problems.length} problems`)
process.exit(problems.length === 0 ? 0 : 1)

async function drawAll(colorScheme, width) {
  const view = await browser.newContext({
    colorScheme,
    viewport: { width, height: width === 360 ? 740 : 800 },
    deviceScaleFactor: width === 360 ? 2 : 1,
  })
  const page = await view.newPage()
  for (const [name, sample] of Object.entries(samples)) {
    const label = `${name}-${colorScheme}-${width}`
    const complain = (message) => problems.push(`${label}: ${message}`)
    const { status, headers, body } = await plain(sample())
    await page.unrouteAll()
    await page.route('**/*', (route) => route.fulfill({ status, headers, body }))
    page.removeAllListeners('console')
    page.on('console', (message) => {
      // Chromium reports every answer above 399 on the console.
      if (!message.text().startsWith('Failed to load resource')) complain(message.text())
    })
    await page.goto(`${context.issuer}/${name}`)
    await check(page, complain)
    await page.screenshot({ path: join(directory, `${label}.png`), fullPage: true })
  }
  await view.close()
}

async function plain(response) {
  const headers = Object.fromEntries(response.headers)
  return { status: response.status, headers, body: await response.text() }
}

async function check(page, complain) {
  const approve = page.locator('#approve')
  if ((await approve.count()) > 0) {
    if (await approve.isEnabled()) complain('approval is possible at once')
    const [deny, allow] = await Promise.all([
      page.locator('[value=deny]').boundingBox(),
      approve.boundingBox(),
    ])
    if (deny.width !== allow.width || deny.height !== allow.height) {
      complain('the two answers differ in size')
    }
    await page.waitForFunction(() => !document.getElementById('approve').disabled)
  }
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  if (overflow > 0) complain(`${overflow}px wider than the window`)
}

/** Compiles the pages by themselves, so that a draft elsewhere in the tree does not matter. */
async function compilePages() {
  const cache = join(root, 'node_modules/.cache/pages')
  mkdirSync(cache, { recursive: true })
  const config = {
    extends: join(root, 'tsconfig.build.json'),
    compilerOptions: { rootDir: join(root, 'src'), outDir: join(cache, 'out'), declaration: false },
    files: [join(root, 'src/server/pages/index.ts')],
    include: [],
  }
  writeFileSync(join(cache, 'tsconfig.json'), JSON.stringify(config))
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', cache], { stdio: 'inherit' })
  return import(pathToFileURL(join(cache, 'out/server/pages/index.js')).href)
}
