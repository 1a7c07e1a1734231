/** Chromium without a window, and an eye on what its pages do. */

import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { endLater } from './reaper.ts'

/** A page, and what a person does not see of it. */
export interface Watched {
  readonly page: Page
  /** What it complained of: errors, policy violations, scripts that broke. */
  readonly complaints: readonly string[]
  /** The origins that it spoke to. */
  readonly origins: ReadonlySet<string>
}

/** Starts the browser; what it gives opens pages, each as if for a new person. */
export async function startChromium(
  args: readonly string[] = [],
): Promise<(options?: BrowserContextOptions) => Promise<Watched>> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...args,
    ],
  })
  endLater(() => browser.close())
  return async (options = {}) => {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const complaints: string[] = []
    const origins = new Set<string>()
    page.setDefaultTimeout(15_000)
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      const isComplaint = ['error', 'warning'].includes(message.type())
      // Chromium says so of every page above 399; of all else, the next lines do.
      const isStatus = message.text().startsWith('Failed to load resource')
      if (isComplaint && !isStatus) complaints.push(message.text())
    })
    page.on('response', (response) => {
      const isPage = response.request().resourceType() === 'document'
      if (!isPage && !response.ok()) complaints.push(`${response.url()}: ${response.status()}`)
    })
    page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`))
    context.on('request', (request) => origins.add(new URL(request.url()).origin))
    return { page, complaints, origins }
  }
}
