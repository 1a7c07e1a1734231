/** What answers requests of the web platform, mounted in frameworks that have requests of their own. */

import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { getRequestListener } from '@hono/node-server'
import express, { type Express } from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { expressHandler } from 'warder/express'
import { fastifyHandler } from 'warder/fastify'
import { honoHandler } from 'warder/hono'
import { listen } from 'warder/node'
import { listening } from './fixtures/frameworks/listening.ts'

/** As far as it is used here, the same as version 5; the package has no types of its own. */
const express4: () => Express = createRequire(import.meta.url)('express-4')

/** Says what it was asked, and sets two cookies. */
async function handler(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  if (pathname === '/bff/fails') throw new Error('the handler failed')
  const headers = new Headers()
  headers.append('set-cookie', 'a=1')
  headers.append('set-cookie', 'b=2')
  const said = `${request.method} ${pathname}${search} ${await request.text()}`
  return new Response(said, { status: 201, headers })
}

const onExpress = (make: () => Express) =>
  listening(createServer(make().use('/bff', expressHandler(handler)).use(express.json())))

async function onFastify() {
  const app = fastify()
  await app.register(fastifyHandler(handler), { prefix: '/bff' })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  return { port: Number(new URL(address).port), close: () => app.close() }
}

function onHono() {
  const app = new Hono().onError((_, c) => c.body(null, 500))
  app.all('/bff/*', honoHandler(handler))
  const options = { overrideGlobalObjects: false }
  return listening(createServer(getRequestListener(app.fetch, options)))
}

async function onNode() {
  const { addresses, close } = await listen(handler, { port: 0, host: '127.0.0.1' })
  return { port: Number(addresses[0]?.split(':').at(-1)), close: () => close(0) }
}

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

describe.each([
  ['Express 5', () => onExpress(express)],
  ['Express 4', () => onExpress(express4)],
  ['Fastify', onFastify],
  ['Hono', onHono],
  ['node', onNode],
])('A handler mounted in %s', (_, serve) => {
  it('sees the whole address and the body as it is, and answers with all of its cookies', async () => {
    const { port, close } = await serve()
    closing.push(close)
    const response = await fetch(`http://127.0.0.1:${port}/bff/api/notes?page=2`, {
      method: 'POST',
      body: '{"text": "Buy milk."}',
      headers: { 'content-type': 'application/json' },
    })
    expect(await response.text()).toBe('POST /bff/api/notes?page=2 {"text": "Buy milk."}')
    expect(response.status).toBe(201)
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it('answers 500 when it throws, and goes on', async () => {
    const { port, close } = await serve()
    closing.push(close)
    expect((await fetch(`http://127.0.0.1:${port}/bff/fails`)).status).toBe(500)
    expect((await fetch(`http://127.0.0.1:${port}/bff/session`)).status).toBe(201)
  })
})
