/**
 * The rules that decide, by name and version, so that a decision can be explained after the rule
 * has changed.
 *
 * Whoever decides records the rule and what it looked at with the event; `warder why` reads it out.
 * A rule that comes to decide otherwise for the same inputs gets the next version.
 *
 * @module
 */

/** Every rule whose decisions are recorded, and its version. What they say is in `decisions-explained.ts`. */
export const versions = {
  'login.source': 1,
  'login.account': 1,
  'login.spraying': 1,
  rate: 1,
  'consent.asked': 1,
  'consent.remembered': 1,
  'consent.held': 1,
  'code.once': 1,
  'code.owner': 1,
  'refresh.reuse': 1,
  'refresh.owner': 1,
  'token.issuer': 1,
  'token.audience': 1,
  'scope.needed': 1,
  'role.needed': 1,
  'permission.needed': 1,
  'sign-in.needed': 1,
  'rule.own': 1,
  'tool.policy': 1,
  'redirect.errors': 1,
} as const

/** The name of a rule. */
export type RuleName = keyof typeof versions

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
  rule: `${name}/${versions[name]}`,
  ...inputs,
})
