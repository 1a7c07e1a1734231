/**
 * What every page has: the head, this server's name above, and the answer's headers.
 *
 * No page loads anything from anywhere, and none needs a script.
 *
 * @module
 */

import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { Mark } from './mark.tsx'
import { securityHeaders } from './security-headers.ts'
import { stylesheet } from './styles.ts'

/** What a page must know of the server and of this one response. */
export interface PageContext {
  /** Random for each response. */
  readonly nonce: string
  /** The configured issuer, whose host every page names. */
  readonly issuer: string
}

/** What is particular to a page. */
export interface PageParts {
  readonly title: string
  readonly status?: number
  readonly children: Child
  /** The source of a script that the page can do without. */
  readonly script?: string
  /** Whether the page asks for an answer, and where that answer may lead. */
  readonly form?: { readonly redirectUri?: string | undefined }
}

/** The host that the reader should see in the address bar. */
export const serverHost = ({ issuer }: PageContext) => new URL(issuer).host

/** Puts a page together and answers with it. */
export function pageResponse(context: PageContext, parts: PageParts): Response {
  const { nonce } = context
  const host = serverHost(context)
  const html = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>{`${parts.title} · ${host}`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex, nofollow" />
        <style nonce={nonce}>{raw(stylesheet)}</style>
      </head>
      <body>
        <header class="masthead">
          <Mark />
          <span class="masthead-host">{host}</span>
        </header>
        <main class="page">{parts.children}</main>
        <footer class="colophon">Guarded by Warder</footer>
        {parts.script === undefined ? null : <script nonce={nonce}>{raw(parts.script)}</script>}
      </body>
    </html>
  )
  return new Response(`<!doctype html>${html}`, {
    status: parts.status ?? 200,
    headers: securityHeaders({
      nonce,
      script: parts.script !== undefined,
      form: parts.form !== undefined,
      redirectUri: parts.form?.redirectUri,
    }),
  })
}
