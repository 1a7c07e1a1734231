/**
 * What the rules that decide say, for whoever reads a decision. Not with the rules themselves: whoever
 * decides has no use for sentences, and guards are loaded where each byte counts.
 *
 * @module
 */

import type { RuleName } from './decisions.ts'

/** How each rule decides. */
export const sentences: Readonly<Record<RuleName, string>> = {
  'login.source':
    'One source may try to sign in so often a minute. A device that signed in before has a budget of its own.',
  'login.account':
    'After so many failures in a row, strangers to an account wait between attempts, longer each time.',
  'login.spraying':
    'A network from which many accounts failed to sign in has to wait. Devices that signed in before do not.',
  rate: 'One source may ask so often a minute.',
  'consent.asked': 'The user was shown the client and what it asks for, and pressed the button.',
  'consent.remembered':
    'The user had allowed all of this before, to this client, at this resource, for this address.',
  'consent.held':
    'A client that nobody vouches for, known for less than a day, is held once too many users have allowed it to get answers at a host.',
  'code.once': 'An authorization code works once. A second use revokes what the first one gave.',
  'code.owner':
    'An authorization code works for the client it was issued to. Another client is refused, and nothing is revoked.',
  'refresh.reuse':
    'A refresh token works until its successor is made, and once more within the grace. An older one revokes the family.',
  'refresh.owner':
    'A refresh token works for the client it was issued to. Another client is refused, and nothing is revoked.',
  'token.issuer': 'An access token must come from the issuer that is trusted.',
  'token.audience': 'An access token must be for the resource that it is shown to.',
  'scope.needed': 'An operation needs all of its scopes.',
  'role.needed': 'An operation needs one of its roles.',
  'permission.needed': 'An operation needs a permission that one of the roles of the caller gives.',
  'sign-in.needed': 'An operation needs a sign-in that is recent enough and strong enough.',
  'rule.own': 'A rule that is the application’s own said no.',
  'tool.policy': 'A tool that the policy does not name is not there.',
  'redirect.errors':
    'Errors are not redirected for a client that nobody vouches for once it fails more often than it succeeds.',
}
