import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { leanFetch } from './lean-fetch.ts'

let server: Server | undefined

/** A server on this computer, which answers each request by its path. */
async function serve(): Promise<string> {
  const made = createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/' })
    if (request.url !== '/silent') response.end(JSON.stringify({ path: request.url }))
  })
  server = made
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`
}

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

describe('leanFetch', () => {
  it('answers what came, and follows no redirect', async () => {
    const origin = await serve()
    const response = await leanFetch(`${origin}/a`)
    expect([response.status, await response.json()]).toEqual([200, { path: '/a' }])
    expect((await leanFetch(new URL(`${origin}/moved`))).status).toBe(302)
  })

  it('fails where nobody listens, and when it is told to stop', async () => {
    const origin = await serve()
    const silent = leanFetch(`${origin}/silent`, { signal: AbortSignal.timeout(20) })
    await expect(silent).rejects.toThrow('abort')
    await expect(leanFetch('http://127.0.0.1:1/')).rejects.toThrow('ECONNREFUSED')
  })
})
