/**
 * The `apiKeys` section of the configuration.
 *
 * @module
 */

import { z } from 'zod'
import { seconds } from '../settings.ts'

const name = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be of letters, digits, _ and -')

/** How API keys are made, and where they are taken. */
export const apiKeysSettings = z.strictObject({
  accept: z
    .boolean()
    .default(true)
    .describe(
      'Whether the MCP servers take keys beside access tokens. There is none until you make one.',
    ),
  environment: z
    .enum(['live', 'test'])
    .default('live')
    .describe(
      'Which keys are made and taken: wdr_live_… or wdr_test_…. The other kind is refused.',
    ),
  cache: seconds({ min: 0, max: 60 })
    .default(5)
    .describe(
      'How long a process may take a key for what it was; after so long a revoked key is refused everywhere. 0 reads the store with each request.',
    ),
  header: z
    .union([name, z.literal(false)])
    .default('X-API-Key')
    .describe('A header that may carry a key besides Authorization: Bearer; false for none.'),
  basic: z
    .enum(['username', 'password'])
    .optional()
    .describe('The half of HTTP Basic credentials that may be a key; neither unless set.'),
  query: name
    .optional()
    .describe(
      'A query parameter that may be a key, for callers that can do nothing else; none unless set. URLs are kept in logs and histories, so each use is a warning in the audit log.',
    ),
})

/** The parsed settings. */
export type ApiKeysSettings = z.output<typeof apiKeysSettings>
