/**
 * The rules that decide, by name and version, so that a decision can be explained after the rule
 * has changed.
 *
 * Whoever decides records the rule and what it looked at with the event; `warder why` reads it out.
 * A rule that comes to decide otherwise for the same inputs gets the next version.
 *
 * @module
 */

/** Every rule whose decisions are recorded: its version, and how it decides. */
export const rules = {
  'login.source': {
    version: 1,
    says: 'One source may try to sign in so often a minute. A device that signed in before has a budget of its own.',
  },
  'login.account': {
    version: 1,
    says: 'After so many failures in a row, strangers to an account wait between attempts, longer each time.',
  },
  'login.spraying': {
    version: 1,
    says: 'A network from which many accounts failed to sign in has to wait. Devices that signed in before do not.',
  },
  rate: {
    version: 1,
    says: 'One source may ask so often a minute.',
  },
  'consent.asked': {
    version: 1,
    says: 'The user was shown the client and what it asks for, and pressed the button.',
  },
  'consent.remembered': {
    version: 1,
    says: 'The user had allowed all of this before, to this client, at this resource, for this address.',
  },
  'consent.held': {
    version: 1,
    says: 'A client that nobody vouches for, known for less than a day, is held once too many users have allowed it to get answers at a host.',
  },
  'code.once': {
    version: 1,
    says: 'An authorization code works once. A second use revokes what the first one gave.',
  },
  'code.owner': {
    version: 1,
    says: 'An authorization code works for the client it was issued to. Another client is refused, and nothing is revoked.',
  },
  'refresh.reuse': {
    version: 1,
    says: 'A refresh token works until its successor is made, and once more within the grace. An older one revokes the family.',
  },
  'refresh.owner': {
    version: 1,
    says: 'A refresh token works for the client it was issued to. Another client is refused, and nothing is revoked.',
  },
  'token.issuer': {
    version: 1,
    says: 'An access token must come from the issuer that is trusted.',
  },
  'token.audience': {
    version: 1,
    says: 'An access token must be for the resource that it is shown to.',
  },
  'scope.needed': { version: 1, says: 'An operation needs all of its scopes.' },
  'role.needed': { version: 1, says: 'An operation needs one of its roles.' },
  'permission.needed': {
    version: 1,
    says: 'An operation needs a permission that one of the roles of the caller gives.',
  },
  'sign-in.needed': {
    version: 1,
    says: 'An operation needs a sign-in that is recent enough and strong enough.',
  },
  'rule.own': { version: 1, says: 'A rule that is the application’s own said no.' },
  'tool.policy': { version: 1, says: 'A tool that the policy does not name is not there.' },
  'redirect.errors': {
    version: 1,
    says: 'Errors are not redirected for a client that nobody vouches for once it fails more often than it succeeds.',
  },
} as const satisfies Record<string, { version: number; says: string }>

/** The name of a rule. */
export type RuleName = keyof typeof rules

/** What a rule looked at. Durations are in seconds. */
export interface DecisionInputs {
  /** What was counted or measured. */
  readonly value?: number
  /** What it was compared with. */
  readonly limit?: number
  /** The time over which it was counted. */
  readonly within?: number
  /** How long ago it was that counts here. */
  readonly age?: number
  /** How long whoever asked has to wait. */
  readonly wait?: number
  /** The scopes that were not there, space-separated. */
  readonly missing?: string
  /** The client that something belongs to. */
  readonly owner?: string
}

/** A rule in the version that decided, and its inputs. */
export interface Decision extends DecisionInputs {
  /** The rule's name and version, as in `rate/1`. */
  readonly rule: string
}

/** What is recorded of a decision by a rule as it is now. */
export const decidedBy = (name: RuleName, inputs: DecisionInputs = {}): Decision => ({
  rule: `${name}/${rules[name].version}`,
  ...inputs,
})
