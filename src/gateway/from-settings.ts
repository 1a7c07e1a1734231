/**
 * From a server's settings to what the gateway mounts, and to what the authorization server tells
 * people about it.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import type { ProtectedResource } from '../protocol/protected-resource.ts'
import { describeScope } from '../protocol/scope-settings.ts'
import type { MountOptions } from './options.ts'
import { baselineScopes, defaultToolPolicy, type ToolPolicy } from './policy.ts'
import type { ServerSettings } from './settings.ts'
import type { UpstreamOptions } from './upstreams/index.ts'

/** What the settings cannot say themselves. */
export interface MountPlace {
  readonly name: string
  readonly issuer: string
  /** Reads what `{ "env": "NAME" }` refers to. */
  readEnv(name: string): string | undefined
}

/** The address of the server `name`, and the resource identifier of its tokens. */
export const mountResource = (issuer: string, name: string): string =>
  `${issuer.replace(/\/$/, '')}/mcp/${name}`

/**
 * What the gateway mounts.
 *
 * @throws {ConfigError} if an environment variable that is referred to is not set.
 */
export function mountOptions(settings: ServerSettings, place: MountPlace): MountOptions {
  const { sessions, silence, maxAnswerBytes, maxRequestBytes, minRevision } = settings
  return {
    name: place.name,
    resource: mountResource(place.issuer, place.name),
    upstream: upstreamOptions(settings, place),
    tools: settings.tools ?? defaultToolPolicy,
    toolChanges: settings.toolChanges,
    scopes: mountedResource(settings, place).scopes,
    identity: 'identity' in settings ? settings.identity : {},
    maxRequestBytes,
    minRevision,
    limits: {
      maxAnswerBytes,
      silenceMs: silence * 1000,
      startMs: ('start' in settings ? settings.start : 60) * 1000,
      sessions: {
        idleMs: sessions.idle * 1000,
        perUser: sessions.perUser,
        total: sessions.total,
      },
    },
  }
}

function upstreamOptions(settings: ServerSettings, place: MountPlace): UpstreamOptions {
  if ('url' in settings) return { url: settings.url }
  const { command, cwd, share } = settings
  const env = Object.entries(settings.env).map(([variable, value]) => {
    if (typeof value === 'string') return [variable, value] as const
    const referred = place.readEnv(value.env)
    if (referred !== undefined) return [variable, referred] as const
    throw new ConfigError(
      `mcp.${place.name}.env.${variable}`,
      `refers to ${value.env}, which is not set.`,
      'Set it, or remove the reference.',
    )
  })
  return {
    command,
    share,
    env: Object.fromEntries(env),
    ...(cwd === undefined ? {} : { cwd }),
  }
}

/** The server as the authorization server knows it. */
export function mountedResource(
  settings: ServerSettings,
  { name, issuer }: Pick<MountPlace, 'name' | 'issuer'>,
): ProtectedResource {
  const policy = settings.tools ?? defaultToolPolicy
  const names = new Set([...policyScopes(policy), ...Object.keys(settings.scopes)])
  return {
    resource: mountResource(issuer, name),
    name: settings.title ?? name,
    scopes: [...names].map((scope) =>
      describeScope(scope, settings.scopes, () => toolSentence(scope, policy)),
    ),
    baseline: baselineScopes(policy),
  }
}

/** Every scope that some tool needs. */
const policyScopes = (policy: ToolPolicy): readonly string[] => [
  ...new Set(Object.values(policy).flatMap((scopes) => (scopes === false ? [] : scopes))),
]

/** Words for a scope that nobody described: which tools it opens. */
function toolSentence(scope: string, policy: ToolPolicy): string {
  const tools = Object.keys(policy).filter((tool) => {
    const needed = policy[tool]
    return Array.isArray(needed) && needed.includes(scope)
  })
  const named = tools.filter((tool) => tool !== '*')
  if (tools.includes('*')) {
    return named.length === 0 ? 'use its tools' : `use its tools, among them ${named.join(', ')}`
  }
  return named.length === 0 ? `do what it calls ${scope}` : `use ${named.join(', ')}`
}
