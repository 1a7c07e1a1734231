/** Spans for OpenTelemetry, as an SDK gets them. */

import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTraces } from 'warder/operations'
import { memoryStore } from 'warder/store'
import { gatewayFor, listening } from './fixtures/gateway.ts'

interface Recorded {
  readonly name: string
  readonly options: SpanOptions
  readonly parent: SpanContext | undefined
  readonly own: SpanContext
  readonly attributes: Record<string, unknown>
  status?: number
  ended: boolean
}

const spans: Recorded[] = []
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = `00-${TRACE}-b7ad6b7169203331-01`

/** The least that an SDK does. */
function startSpan(name: string, options: SpanOptions, parent: Context): Span {
  const above = trace.getSpanContext(parent)
  const spanId = String(spans.length + 1).padStart(16, '0')
  const own = { traceId: above?.traceId ?? 'f'.repeat(32), spanId, traceFlags: 1 }
  const recorded: Recorded = {
    ...{ name, options, parent: above, own, ended: false },
    attributes: { ...options.attributes },
  }
  spans.push(recorded)
  const span = trace.wrapSpanContext(own)
  return Object.assign(Object.create(span), {
    spanContext: () => own,
    setAttributes: (attributes: object) => void Object.assign(recorded.attributes, attributes),
    setStatus: ({ code }: { code: number }) => {
      recorded.status = code
    },
    end: () => {
      recorded.ended = true
    },
  })
}

const tracer = {
  startSpan,
  startActiveSpan: (
    name: string,
    options: SpanOptions,
    parent: Context,
    work: (span: Span) => unknown,
  ) => {
    const span = startSpan(name, options, parent)
    return context.with(trace.setSpan(parent, span), () => work(span))
  },
} as unknown as Tracer

beforeEach(() => {
  const active = new AsyncLocalStorage<Context>()
  context.setGlobalContextManager({
    active: () => active.getStore() ?? ROOT_CONTEXT,
    with: (given, work, self, ...args) =>
      active.run(given, () => work.call(self as never, ...args)),
    bind: (_, target) => target,
    enable() {
      return this
    },
    disable() {
      return this
    },
  })
  trace.setGlobalTracerProvider({ getTracer: () => tracer })
  propagation.setGlobalPropagator({
    fields: () => ['traceparent'],
    inject(given, carrier, setter) {
      const span = trace.getSpanContext(given)
      if (span === undefined) return
      setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-01`)
      setter.set(carrier, 'baggage', 'user=alice')
    },
    extract(given, carrier, getter) {
      const [, traceId, spanId] = String(getter.get(carrier, 'traceparent') ?? '').split('-')
      if (traceId === undefined || spanId === undefined) return given
      return trace.setSpanContext(given, { traceId, spanId, traceFlags: 1 })
    },
  })
})
afterEach(() => {
  spans.length = 0
  context.disable()
  trace.disable()
  propagation.disable()
})

const request = (headers: Record<string, string> = {}) =>
  new Request('https://as.test/token?code=secret', { method: 'POST', headers })

describe('Traces', () => {
  it('a request is a span by the name of its route, and tells nothing of who asked', async () => {
    const traces = await openTraces({ callers: 'link', upstream: false })
    const headers = { 'user-agent': 'canary', authorization: 'Bearer canary' }
    await traces.request(request(headers), 'token', async () => new Response(null, { status: 400 }))
    expect(spans).toHaveLength(1)
    expect(spans[0]).toMatchObject({
      name: 'POST token',
      ended: true,
      attributes: {
        'http.request.method': 'POST',
        'http.route': 'token',
        'http.response.status_code': 400,
      },
    })
    expect(spans[0]).not.toHaveProperty('status')
    expect(JSON.stringify(spans)).not.toMatch(/canary|secret|as\.test/)
  })

  it('UI-08 a method that was made up is no name', async () => {
    const traces = await openTraces({ callers: 'link', upstream: false })
    const made = new Request('https://as.test/', { method: 'CANARY' })
    await traces.request(made, 'unknown', async () => new Response())
    expect(spans[0]?.name).toBe('_OTHER unknown')
  })

  it('what a caller says of its trace is linked to, unless the settings trust it', async () => {
    const answer = async () => new Response()
    const linking = await openTraces({ callers: 'link', upstream: false })
    await linking.request(request({ traceparent: CALLER }), 'token', answer)
    expect(spans[0]?.parent).toBeUndefined()
    expect(spans[0]?.options.links).toMatchObject([{ context: { traceId: TRACE } }])
    const trusting = await openTraces({ callers: 'parent', upstream: false })
    await trusting.request(request({ traceparent: CALLER }), 'token', answer)
    expect(spans[1]?.parent).toMatchObject({ traceId: TRACE, spanId: 'b7ad6b7169203331' })
    expect(spans[1]?.options.links).toBeUndefined()
    await trusting.request(request(), 'token', answer)
    expect(spans[2]?.parent).toBeUndefined()
  })

  it('the verbs of the store are spans within it, by their names alone', async () => {
    const traces = await openTraces({ callers: 'link', upstream: false })
    const store = traces.traced(memoryStore())
    await traces.request(request(), 'token', async () => {
      await store.find('facts', { id: 'canary' })
      await store.close()
      await store.write([]).catch(() => {})
      return new Response()
    })
    expect(spans.map(({ name }) => name)).toEqual(['POST token', 'store find', 'store write'])
    expect(spans[1]?.parent).toEqual(spans[0]?.own)
    expect(spans.map(({ status }) => status)).toEqual([undefined, undefined, 2])
    expect(spans.every(({ ended }) => ended)).toBe(true)
    expect(JSON.stringify(spans)).not.toContain('canary')
  })

  it.each([true, false])(
    'a server behind is told of its span if the settings say so: %s',
    async (upstream) => {
      const behind = await listening(({ message }) => {
        const id = message !== undefined && 'id' in message ? message.id : undefined
        return Response.json({ jsonrpc: '2.0', id, result: { tools: [] } })
      })
      const traces = await openTraces({ callers: 'link', upstream })
      const guarded = await gatewayFor({ url: behind.url }, {}, { trace: traces.call })
      const answer = await guarded.modern(
        { method: 'tools/list' },
        { headers: { traceparent: CALLER, baggage: 'user=mallory' } },
      )
      expect(answer.status).toBe(200)
      const [received] = behind.received
      const own = spans.find(({ name }) => name === 'call')
      expect(own).toMatchObject({ attributes: { 'warder.server': 'files' } })
      const told = upstream ? `00-${own?.own.traceId}-${own?.own.spanId}-01` : null
      expect(received?.headers.get('traceparent')).toBe(told)
      // What callers put there, or what we know, is nobody's.
      expect(received?.headers.has('baggage')).toBe(false)
    },
  )

  it('without an SDK nothing happens, and everything is answered', async () => {
    trace.disable()
    context.disable()
    propagation.disable()
    const traces = await openTraces({ callers: 'link', upstream: true })
    const answered = await traces.request(request({ traceparent: CALLER }), 'token', () =>
      traces.call('files', async (headers) => Response.json(headers)),
    )
    expect(await answered.json()).toEqual({})
    expect(spans).toEqual([])
  })
})
