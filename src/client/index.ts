/**
 * Clients: tokens for the APIs and MCP servers that you call, got, kept and renewed.
 *
 * @module
 */

export {
  ClientError,
  type ClientErrorCode,
  type ClientErrorContext,
  clientErrors,
} from './errors.ts'
export {
  DEFAULT_ACCOUNT,
  type GrantDecision,
  type GrantKey,
  type GrantStore,
  grantId,
  type KeptGrant,
  type KeptRegistration,
} from './kept-grant.ts'
