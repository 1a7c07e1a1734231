/** The types of the adapters: nobody knows who is calling but who stands behind a guard. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import createExpress, { type Request as ExpressRequest } from 'express'
import createFastify, { type FastifyRequest } from 'fastify'
import { type Context, Hono } from 'hono'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { expressGuard } from 'warder/express'
import { fastifyGuard } from 'warder/fastify'
import { fetchGuard } from 'warder/fetch'
import type { Guard, Principal } from 'warder/guard'
import { honoGuard } from 'warder/hono'
import { nodeGuard } from 'warder/node'
import { guarded } from './fixtures/issuer.ts'

/** Compiles what it is given; that it is so far is the test. */
const compiles = async (use: (guard: Guard) => unknown) => {
  const { guard } = await guarded()
  expect(() => use(guard)).not.toThrow()
}

describe('A principal', () => {
  it('is known to a handler behind expressGuard, beside what Express knows', () =>
    compiles((guard) => {
      const app = createExpress()
      app.get(
        '/notes/:id',
        expressGuard(guard, { scopes: ['notes:read'] }, (request, response, next) => {
          expectTypeOf(request.principal).toEqualTypeOf<Principal>()
          expectTypeOf(request).toExtend<ExpressRequest>()
          expectTypeOf(response.json).toBeFunction()
          expectTypeOf(next).toBeFunction()
        }),
      )
      app.use(expressGuard(guard))
      app.get('/open', (request) => {
        // @ts-expect-error Nothing guards this.
        void request.principal
      })
    }))

  it('is known to a handler behind fastifyGuard, beside what Fastify knows', () =>
    compiles((guard) => {
      const app = createFastify()
      app.get(
        '/notes/:id',
        fastifyGuard<{ Params: { id: string } }>(guard, undefined, async (request, reply) => {
          expectTypeOf(request.principal).toEqualTypeOf<Principal>()
          expectTypeOf(request.params.id).toEqualTypeOf<string>()
          expectTypeOf(reply.code).toBeFunction()
        }),
      )
      app.addHook('onRequest', fastifyGuard(guard))
      app.get('/open', async (request: FastifyRequest) => {
        // @ts-expect-error Nothing guards this.
        void request.principal
      })
    }))

  it('is known to a handler behind honoGuard, beside other variables', () =>
    compiles((guard) =>
      new Hono<{ Variables: { locale: string } }>()
        .get('/open', (c: Context) => c.text('open'))
        .get('/closed', honoGuard(guard), (c) => {
          expectTypeOf(c.var.principal).toEqualTypeOf<Principal>()
          expectTypeOf(c.var.locale).toEqualTypeOf<string>()
          return c.text(c.get('principal').subject)
        })
        .get('/forgotten', (c) => {
          // @ts-expect-error Nothing guards this.
          return c.text(c.var.principal.subject)
        }),
    ))

  it('is known to a handler behind nodeGuard, beside what Node knows', () =>
    compiles((guard) => {
      createServer(
        nodeGuard(guard, undefined, (request, response) => {
          expectTypeOf(request.principal).toEqualTypeOf<Principal>()
          expectTypeOf(request).toExtend<IncomingMessage>()
          expectTypeOf(response).toExtend<ServerResponse>()
        }),
      )
      createHttp2Server(
        nodeGuard<Http2ServerRequest, Http2ServerResponse>(guard, undefined, (request) => {
          expectTypeOf(request.principal).toEqualTypeOf<Principal>()
          expectTypeOf(request.stream.id).toExtend<number | undefined>()
        }),
      )
      createServer((request) => {
        // @ts-expect-error Nothing guards this.
        void request.principal
      })
    }))

  it('is known to a handler behind fetchGuard, beside what the platform hands on', () =>
    compiles((guard) => {
      const handler = fetchGuard(guard, undefined, (request) => {
        expectTypeOf(request.principal).toEqualTypeOf<Principal>()
        return new Response(request.principal.subject)
      })
      expectTypeOf(handler).toEqualTypeOf<(request: Request) => Promise<Response>>()
      interface Env {
        readonly KV: string
      }
      const onWorkers = fetchGuard(guard, undefined, (request, env: Env) => {
        expectTypeOf(request.principal).toEqualTypeOf<Principal>()
        return new Response(env.KV)
      })
      expectTypeOf(onWorkers).toEqualTypeOf<(request: Request, env: Env) => Promise<Response>>()
    }))

  it('cannot be changed by a handler', () =>
    compiles((guard) =>
      fetchGuard(guard, undefined, (request) => {
        // @ts-expect-error Who is calling is not for a handler to say.
        request.principal = { ...request.principal, subject: 'admin' }
        return new Response()
      }),
    ))
})
