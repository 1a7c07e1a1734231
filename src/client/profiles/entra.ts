/**
 * Microsoft Entra: the audience is in the scopes (`api://…/.default`), `resource` beside them is refused
 * (AADSTS9010010), and its metadata is silent about PKCE, which it supports.
 *
 * The tenant is its id. For names and `common`, the metadata is that of another issuer than was asked for.
 *
 * @see {@link https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow | Authorization code flow}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import type { Profile } from './profile.ts'

const TENANT_ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** One tenant. @throws {ConfigError} unless it is named by its id. */
export function entra({ tenantId }: { readonly tenantId: string }): Profile {
  if (!TENANT_ID.test(tenantId)) {
    throw new ConfigError('tenantId', 'must be the id of a tenant, in lower case.')
  }
  return {
    name: 'Microsoft Entra',
    issuer: `https://login.microsoftonline.com/${tenantId}/v2.0`,
    pkceNotAdvertised: true,
    sendsResource: false,
    apiOrigins: ['https://graph.microsoft.com'],
  }
}
