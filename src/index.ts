/**
 * Warder: authentication for MCP servers and API integrations.
 *
 * Everything as one function from request to response; the rooms are importable by themselves.
 *
 * @module
 */

export { ConfigError, OAuthError, type OAuthErrorCode, WarderError } from './errors.ts'
export {
  type EventFields,
  type EventSink,
  type EventType,
  eventTypes,
  type WarderEvent,
} from './events.ts'
export { type Platform, systemPlatform } from './platform.ts'
export {
  createWarder,
  type Warder,
  type WarderSettings,
  type WarderSurroundings,
  warderSettings,
} from './warder.ts'
