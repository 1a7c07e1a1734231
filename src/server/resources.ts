/**
 * The APIs that tokens are issued for, beside the MCP servers that are guarded here.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8707 | RFC 8707}
 * @module
 */

import { z } from 'zod'
import type { ProtectedResource } from '../protocol/protected-resource.ts'
import { describeScope, scopesSettings, scopeToken } from '../protocol/scope-settings.ts'
import { isLoopbackHost, unambiguousUrl } from '../protocol/uri.ts'

const isResource = (uri: string): boolean => {
  const url = unambiguousUrl(uri)
  const isLocal = url?.protocol === 'http:' && isLoopbackHost(url.hostname)
  return url?.protocol === 'https:' || isLocal
}

/** APIs by their resource identifier. */
export const resourcesSettings = z
  .record(
    z.string().refine(isResource, 'must be an https URL as it is written; http on loopback only'),
    z.strictObject({
      title: z.string().min(1).optional().describe('The name people see; its host unless told.'),
      scopes: scopesSettings,
      baseline: z
        .array(scopeToken)
        .default([])
        .describe('What a client is granted that asks for no scope.'),
    }),
  )
  .default({})
  .describe(
    'APIs that guard themselves with the tokens of this server. NAME is the resource identifier, byte for byte what their tokens carry as aud.',
  )

/** The APIs of the settings as the server knows them. */
export function namedResources(
  settings: z.output<typeof resourcesSettings>,
): readonly ProtectedResource[] {
  return Object.entries(settings).map(([resource, { title, scopes, baseline }]) => ({
    resource,
    name: title ?? new URL(resource).host,
    scopes: [...new Set([...Object.keys(scopes), ...baseline])].map((scope) =>
      describeScope(scope, scopes, () => `do what it calls ${scope}`),
    ),
    baseline,
  }))
}
