import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { networkFetch } from './network-fetch.ts'

/** As if one address of this machine were on the public internet. */
vi.mock('../protocol/address.ts', () => ({
  isPublicAddress: (address: string) => address === '127.0.0.1',
}))

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

/** A server that sends everybody on, and what it was asked for. */
async function redirecting(host: string) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(request.url === '/' ? 307 : 200, { location: `http://${host}:${port}/in` })
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, resolve))
  open.push(() => void server.close().closeAllConnections())
  const { port } = server.address() as AddressInfo
  return { asked, url: `http://127.0.0.1:${port}/` }
}

describe('networkFetch, publicOnly', () => {
  it('follows redirects to public addresses', async () => {
    const { asked, url } = await redirecting('127.0.0.1')
    expect((await networkFetch({ publicOnly: true })(url)).status).toBe(200)
    expect(asked).toEqual(['/', '/in'])
  })

  it.each(['127.0.0.2', '[::1]'])('follows none to %s', async (host) => {
    const { asked, url } = await redirecting(host)
    await expect(networkFetch({ publicOnly: true })(url)).rejects.toThrow()
    expect(asked).toEqual(['/'])
  })
})
