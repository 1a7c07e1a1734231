/**
 * The ways to tokens. One more without a person is one more file, and one more line here.
 *
 * @module
 */

export type { BegunAuthorization, PendingAuthorization } from './authorization-code.ts'
export { clientCredentials } from './client-credentials.ts'
export type { DeviceAuthorization } from './device.ts'
export type { Flow, FlowVisit, TokenSource } from './flow.ts'
export { type IdJagOptions, idJag } from './id-jag.ts'
export { jwtBearer } from './jwt-bearer.ts'
export { type LegacyPasswordOptions, legacyPasswordGrant } from './legacy-password.ts'
export { type TokenExchangeOptions, type TokenKind, tokenExchange } from './token-exchange.ts'
