/**
 * Slack: scopes with commas, errors with 200 and `ok: false`, and tokens whose type is `bot` or `user`.
 *
 * The token is the bot's where there is one, otherwise that of the user.
 *
 * @see {@link https://docs.slack.dev/authentication/installing-with-oauth | Installing with OAuth}
 * @module
 */

import { isObject } from '../../protocol/json-rpc.ts'
import { renamedError, spacedScopes } from './answer-shapes.ts'
import type { Profile } from './profile.ts'

/** Slack's own names for errors. */
const errors = {
  invalid_code: 'invalid_grant',
  code_already_used: 'invalid_grant',
  invalid_refresh_token: 'invalid_grant',
  token_expired: 'invalid_grant',
  token_revoked: 'invalid_grant',
  bad_client_secret: 'invalid_client',
  invalid_client_id: 'invalid_client',
  ratelimited: 'temporarily_unavailable',
  internal_error: 'server_error',
}

/** Slack workspaces. */
export const slack: Profile = {
  name: 'Slack',
  issuer: 'https://slack.com',
  metadata: {
    authorization_endpoint: 'https://slack.com/oauth/v2/authorize',
    token_endpoint: 'https://slack.com/api/oauth.v2.access',
  },
  pkceNotAdvertised: true,
  scopeSeparator: ',',
  sendsResource: false,
  apiOrigins: ['https://slack.com'],
  quirks: { readAnswer },
}

function readAnswer(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (body.ok !== true) return renamedError(body, errors)
  const { authed_user: user } = body
  const tokens = body.access_token === undefined && isObject(user) ? user : body
  const isSlackType = tokens.token_type === 'bot' || tokens.token_type === 'user'
  return spacedScopes(isSlackType ? { ...tokens, token_type: 'Bearer' } : tokens)
}
