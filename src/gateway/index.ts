/**
 * OAuth in front of any MCP server: both protocol eras, over HTTP and stdio, with a policy per tool.
 *
 * @module
 */

export { apiKeysOf, type InstallationKeys } from './api-keys.ts'
export { type ApiKeysSettings, apiKeysSettings } from './api-keys-settings.ts'
export type { ElicitationLink, Opener, UrlElicitation } from './elicitations.ts'
export {
  type MountPlace,
  mountedResource,
  mountOptions,
  mountResource,
} from './from-settings.ts'
export { createGateway, type Gateway } from './gateway.ts'
export type { FindEmail, IdentityFact, IdentityHeaders } from './identity.ts'
export { type MountGuardOptions, mountGuard } from './mount-guard.ts'
export type { GatewayOptions, MountOptions } from './options.ts'
export type { ToolChanges, ToolPolicy } from './policy.ts'
export { mcpSettings, type ServerSettings, serverSettings } from './settings.ts'
export { type ToolApprovals, toolApprovals } from './tool-approvals.ts'
export { differingMembers } from './tool-definition.ts'
export { closeAllChildren, type Timers } from './upstreams/child/index.ts'
export type { UpstreamOptions } from './upstreams/index.ts'
export type { Connection } from './visit.ts'
