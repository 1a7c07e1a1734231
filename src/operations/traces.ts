/**
 * What a request does, as spans for OpenTelemetry.
 *
 * Only the API is here, and only if the settings ask for it: where spans go is decided by the SDK that
 * the operator loads into the process (`node --import ./telemetry.mjs …`). Attributes are of our own
 * words: no address, no name and no text of a caller's is among them. What a caller says of its own
 * trace is linked to, because a stranger must not decide what belongs together, or is sampled.
 *
 * @see {@link https://www.w3.org/TR/trace-context/ | Trace Context}
 * @module
 */

import type { Attributes, SpanContext, SpanOptions } from '@opentelemetry/api'
import type { Store } from '../store/index.ts'
import type { TraceSettings } from './settings.ts'

/** The spans of a process. */
export interface Traces {
  /** Answers a request in a span of its own. */
  request(request: Request, route: string, answer: () => Promise<Response>): Promise<Response>
  /** The same store, with a span for each verb. */
  traced(store: Store): Store
  /** Calls a server behind the gateway in a span, with the headers that tell it of it. */
  call<T>(
    server: string,
    call: (headers: Readonly<Record<string, string>>) => Promise<T>,
  ): Promise<T>
}

/** What a server behind is told of a trace. Baggage is not: callers may have filled it. */
const TOLD = 'traceparent'

const methods = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']

/** Opens the way to whatever SDK the process has. */
export async function openTraces({ callers, upstream }: TraceSettings): Promise<Traces> {
  // Loaded only when it is asked for.
  const api = await import('@opentelemetry/api')

  /** Runs work in a span, whose parent is the span that is active unless told. */
  const inSpan = async <T>(
    name: string,
    {
      parent = api.context.active(),
      ...options
    }: SpanOptions & { parent?: typeof api.ROOT_CONTEXT },
    work: (attribute: (attributes: Attributes, failed: boolean) => void) => Promise<T>,
  ): Promise<T> =>
    // Asked for each time: an SDK may be set up after us.
    api.trace.getTracer('warder').startActiveSpan(name, options, parent, async (span) => {
      const fail = () => span.setStatus({ code: api.SpanStatusCode.ERROR })
      try {
        return await work((attributes, failed) => {
          span.setAttributes(attributes)
          if (failed) fail()
        })
      } catch (error) {
        fail()
        throw error
      } finally {
        span.end()
      }
    })

  /** What a caller says that its span is. */
  const callersSpan = ({ headers }: Request): SpanContext | undefined => {
    const carrier = headers.has(TOLD) ? { [TOLD]: headers.get(TOLD) } : {}
    return api.trace.getSpanContext(api.propagation.extract(api.ROOT_CONTEXT, carrier))
  }

  const storeSpan = <T>(verb: string, work: () => Promise<T>): Promise<T> =>
    inSpan(`store ${verb}`, { kind: api.SpanKind.CLIENT }, work)

  return {
    request(request, route, answer) {
      const from = callersSpan(request)
      const isParent = from !== undefined && callers === 'parent'
      const parent = isParent ? api.trace.setSpanContext(api.ROOT_CONTEXT, from) : api.ROOT_CONTEXT
      const method = methods.includes(request.method) ? request.method : '_OTHER'
      const options = {
        parent,
        kind: api.SpanKind.SERVER,
        attributes: { 'http.request.method': method, 'http.route': route },
        ...(from === undefined || isParent ? {} : { links: [{ context: from }] }),
      }
      return inSpan(`${method} ${route}`, options, async (attribute) => {
        const response = await answer()
        const { status } = response
        attribute({ 'http.response.status_code': status }, status >= 500)
        return response
      })
    },
    traced: (store) => ({
      find: (table, where) => storeSpan('find', () => store.find(table, where)),
      list: (table, where, page) => storeSpan('list', () => store.list(table, where, page)),
      write: (...all) => storeSpan('write', () => store.write(...all)),
      sweep: (...how) => storeSpan('sweep', () => store.sweep(...how)),
      close: () => store.close(),
    }),
    call(server, call) {
      const options = { kind: api.SpanKind.CLIENT, attributes: { 'warder.server': server } }
      return inSpan('call', options, () => {
        const carrier: Record<string, string> = {}
        if (upstream) api.propagation.inject(api.context.active(), carrier)
        const told = carrier[TOLD]
        return call(told === undefined ? {} : { [TOLD]: told })
      })
    },
  }
}
