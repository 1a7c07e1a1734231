/**
 * `examples/react-app` as people would run it: built by Vite, served over https under a name of its own,
 * with its API, against a Warder that knows both.
 */

import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { makeCertificate } from './documents.ts'
import { freePort, Installation, temporaryDirectory } from './installation.ts'
import { Program } from './program.ts'
import { endLater } from './reaper.ts'

const EXAMPLE = fileURLToPath(new URL('../../../examples/react-app/', import.meta.url))

/** The name that the page is served under; the browser is told that it is here. */
export const HOST = 'notes.example'

/** The page with all that it needs. */
export interface ReactApp {
  readonly installation: Installation
  /** Where the page is. */
  readonly origin: string
  /** Where its API is. */
  readonly api: string
}

/** Starts everything. */
export async function startReactApp(): Promise<ReactApp> {
  const api = `http://localhost:${await freePort()}/notes`
  const scopes = {
    'notes:read': { description: 'read your notes', risk: 'read' },
    'notes:write': { description: 'write notes for you', risk: 'change' },
  }
  const settings = { mcp: {}, server: { resources: { [api]: { title: 'Field notes', scopes } } } }
  const installation = await Installation.make({ settings })
  const directory = await temporaryDirectory()
  const { issuer } = installation
  const origin = await serve(directory, [issuer, new URL(api).origin])
  const client = await installation.addClient(
    'Field notes',
    ...['--public', '--redirect-uri', `${origin}/`],
  )
  const [service] = await Promise.all([
    startApi([issuer, api, origin]),
    installation.start(),
    buildPage(directory, { ISSUER: issuer, CLIENT_ID: client.client_id, API: api }),
  ])
  await service.line(/The API listens/)
  return { installation, origin, api }
}

const startApi = async (args: readonly string[]) =>
  new Program(process.execPath, [join(EXAMPLE, 'api.mjs'), ...args])

async function buildPage(
  outDir: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const told = Object.entries(settings).map(([name, value]) => [
    `import.meta.env.VITE_${name}`,
    JSON.stringify(value),
  ])
  await build({
    root: EXAMPLE,
    mode: 'production',
    logLevel: 'warn',
    define: Object.fromEntries(told),
    build: { outDir, emptyOutDir: true },
  })
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

/** Serves a directory, forbidding its pages everything but what they are for. */
async function serve(directory: string, connected: readonly string[]): Promise<string> {
  const { key, certificate } = await makeCertificate(HOST)
  const policy = [
    "default-src 'none'",
    ...["script-src 'self'", "style-src 'self'", 'img-src data:'],
    `connect-src ${connected.join(' ')}`,
    ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ].join('; ')
  const server = createServer(
    { key: readFileSync(key), cert: readFileSync(certificate) },
    async ({ url = '/' }, response) => {
      const { pathname } = new URL(url, 'https://page.invalid')
      const file = pathname.startsWith('/assets/') ? pathname : '/index.html'
      response.writeHead(200, {
        'content-type': types[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': policy,
      })
      response.end(await readFile(join(directory, file)))
    },
  ).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  endLater(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('It has no port.')
  return `https://${HOST}:${address.port}`
}
