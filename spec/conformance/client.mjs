/**
 * The client that the official conformance suite drives: the SDK's clients on Warder's tokens, and a
 * person who says yes to everything.
 *
 * It does what any client would do, whatever the scenario: it asks for all there is, and uses it. Only
 * who it is there comes from the suite.
 *
 * Usage: node client.mjs SHAPE URL, with the variables that the suite sets
 */

import { Agent, setGlobalDispatcher } from 'undici'
import { identity } from './identity.mjs'
import { shapes } from './shapes.mjs'
import { walkThrough } from './walk.mjs'

// A connection for each request: the suite closes kept ones just as they are used again.
setGlobalDispatcher(new Agent({ pipelining: 0 }))

const [shape, url] = process.argv.slice(2)
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}')
const scenario = process.env.MCP_CONFORMANCE_SCENARIO
const who = await identity(scenario, { context, url })
const revision = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION
const connected = await shapes[shape](who, { url, revision })
await walkThrough(connected, context)
await connected.client.close()
