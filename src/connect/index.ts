/**
 * Connect: lets a local MCP client that knows only stdio use a protected server that is elsewhere.
 *
 * @module
 */

export { type ConnectOptions, connect } from './connect.ts'
export { fetchHttp } from './fetch-http.ts'
export { type Http, type HttpAnswer, type HttpRequest, NoAnswer, type Silence } from './http.ts'
export { httpFetch } from './http-fetch.ts'
export { type NodeHttpOptions, nodeHttp } from './node-http.ts'
export { type OneSignInOptions, oneSignIn } from './one-sign-in.ts'
export { Relay, type RelayOptions } from './relay.ts'
export type { Passage, RelayLimits, Remote, RemoteContext } from './remote.ts'
export type { TokenSource } from './signed-in.ts'
export type { ToolFilter } from './tool-filter.ts'
export type { TransportStrategy } from './transport-choice.ts'
export { watchSleep } from './wake.ts'
