/**
 * Signing in to protected MCP servers: for the clients of both lines of the official SDK, and for those
 * that need nothing but a `fetch`.
 *
 * @module
 */

export type { LoopbackHost } from '../callback/listening.ts'
export { type LoopbackOptions, loopback, type SignInNotice } from '../callback/loopback.ts'
export { type BrowserSurroundings, openBrowser } from '../callback/open-browser.ts'
export { PASTE_WARNING, type PasteOptions, type PasteRequest, paste } from '../callback/paste.ts'
export type { Departure, UserAgent, UserAgentVisit } from '../callback/user-agent.ts'
export {
  type DevicePrompt,
  type SignInWay,
  withBrowser,
  withDeviceCode,
} from '../callback/ways.ts'
export { type McpAuthOptions, type McpAuthProvider, mcpAuthProvider } from './mcp-auth-provider.ts'
export { type McpOAuthClientProvider, mcpOAuthClientProvider } from './oauth-client-provider.ts'
export type { OAuthClientProviderOptions } from './provider-options.ts'
export type {
  SdkClientInformation,
  SdkClientMetadata,
  SdkContext,
  SdkCredentials,
  SdkDiscoveryState,
  SdkServerMetadata,
  SdkTokens,
} from './sdk-types.ts'
export type { SignInSession } from './sign-in-session.ts'
