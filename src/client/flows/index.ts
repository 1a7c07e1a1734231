/**
 * The ways to tokens. One more without a person is one more file, and one more line here.
 *
 * @module
 */

export {
  type BegunAuthorization,
  beginAuthorization,
  type PendingAuthorization,
} from './authorization-code.ts'
export { readAuthorizationResponse, redeemCode } from './authorization-response.ts'
export { clientCredentials } from './client-credentials.ts'
export { beginDevice, type DeviceAuthorization, finishDevice } from './device.ts'
export type { Flow, FlowVisit, TokenSource } from './flow.ts'
export { type IdJagOptions, idJag } from './id-jag.ts'
export { jwtBearer } from './jwt-bearer.ts'
export { type LegacyPasswordOptions, legacyPasswordGrant } from './legacy-password.ts'
export { refresh } from './refresh.ts'
export { type TokenExchangeOptions, type TokenKind, tokenExchange } from './token-exchange.ts'
