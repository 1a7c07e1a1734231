/**
 * From the settings to the API keys of an installation, and to what the guards of its mounts accept.
 *
 * @module
 */

import {
  type ApiKeys,
  type ApiKeysOptions,
  apiKeys as apiKeyCredentials,
  createApiKeys,
} from '../guard/credentials/index.ts'
import type { CredentialKind } from '../guard/index.ts'
import type { User } from '../store/tables.ts'
import type { ApiKeysSettings } from './api-keys-settings.ts'

/** What the settings cannot say themselves. */
export interface InstallationKeys
  extends Omit<ApiKeysOptions, keyof ApiKeysSettings | 'findOwner'> {
  /** Finds the users who own keys. */
  findUser(id: string): Promise<User | undefined>
}

/** The keys of an installation, and how its guards take them: not at all if they are not to. */
export function apiKeysOf(
  settings: ApiKeysSettings,
  { findUser, ...options }: InstallationKeys,
): { readonly apiKeys: ApiKeys; readonly accepted: readonly CredentialKind[] } {
  const { accept, environment, cache, ...places } = settings
  const keys = createApiKeys({
    ...{ ...options, environment, cache },
    async findOwner(id) {
      const user = await findUser(id)
      return user?.disabledAt === null ? user : undefined
    },
  })
  return { apiKeys: keys, accepted: accept ? [apiKeyCredentials({ ...places, keys })] : [] }
}
