/**
 * Settings of the vault.
 *
 * @module
 */

import { z } from 'zod'
import { secretReference } from '../settings.ts'

/** Where the key-encryption key is kept. */
export const vaultSettings = z.strictObject({
  kek: secretReference
    .optional()
    .describe(
      'The key-encryption key: 32 random bytes in base64. Without it, one is kept in the data directory, beside what it protects, which is for development.',
    ),
})

/** What the vault is told. */
export type VaultSettings = z.output<typeof vaultSettings>
