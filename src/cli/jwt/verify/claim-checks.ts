/**
 * The checks of who issued a token, for whom, and what else it must say.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-4 | RFC 9068 §4}
 * @module
 */

import { checkAudience, isPrintable } from '../../../protocol/jwt-claims.ts'
import type { Members } from '../compact.ts'
import { type Check, type Checked, type MakeCheck, noteOf, shown } from './checked.ts'
import { differenceOf } from './differences.ts'
import { askedOrSaid, type Case, isAccessToken, reasonOf } from './verdict.ts'

/** Whether it was issued by whom it should be. */
export async function issuerCheck(given: Case): Promise<Checked> {
  const { claims = {} } = given.read
  const { iss } = claims
  const { issuer: wanted } = given.expected
  const says = iss === undefined ? 'nothing' : shown(iss)
  if (wanted === undefined) {
    if (isAccessToken(given) && typeof iss !== 'string') return { outcome: 'failed', note: MUST_BE }
    return { outcome: 'not made', says, note: 'to expect one: --issuer' }
  }
  if (iss === wanted) return { outcome: 'ok', says }
  const near = typeof iss === 'string' ? differenceOf(iss, wanted) : undefined
  return { outcome: 'failed', says, expected: wanted, ...noteOf(near) }
}

const MUST_BE = 'missing or no text; access tokens must have it (RFC 9068 §2.2)'

/** Whether it is for whom it should be. */
export async function audienceCheck(given: Case): Promise<Checked> {
  const { claims = {} } = given.read
  const { audience: wanted } = given.expected
  const says = claims.aud === undefined ? 'nothing' : shown(claims.aud)
  if (wanted === undefined) {
    const own = askedOrSaid(claims, given).audience
    const isBad = (await reasonOf(() => checkAudience(claims.aud, own))) !== undefined
    if (isAccessToken(given) && (isBad || own === '')) return { outcome: 'failed', note: MUST_BE }
    return { outcome: 'not made', says, note: 'to expect one: --audience' }
  }
  if ((await reasonOf(() => checkAudience(claims.aud, wanted))) === undefined) {
    return { outcome: 'ok', says }
  }
  return { outcome: 'failed', says, expected: wanted, ...noteOf(nearAudience(claims, wanted)) }
}

function nearAudience({ aud, client_id, azp }: Members, wanted: string): string | undefined {
  const texts = [aud].flat().filter((each) => typeof each === 'string')
  const near = texts.map((each) => differenceOf(each, wanted)).find((each) => each !== undefined)
  const isForClient = texts.some((each) => each === client_id || each === azp)
  return near ?? (isForClient ? 'it is for its client, as an ID token is' : undefined)
}

/** A bound token is worth nothing without the proof, which only a request can have. */
export const binding: Check = {
  name: 'cnf',
  outcome: 'not made',
  note: 'it is bound to a key: a guard asks for the proof as well',
}

/** A claim that access tokens must have. */
export function textCheck(name: string): MakeCheck {
  return (given) => {
    const value = given.read.claims?.[name]
    const says = value === undefined ? {} : { says: shown(value) }
    if (!isAccessToken(given))
      return { outcome: 'not made', ...says, note: 'only access tokens must have it' }
    if (isPrintable(value)) return { outcome: 'ok', ...says }
    const note = value === undefined ? 'missing' : 'no plain text'
    return {
      outcome: 'failed',
      ...says,
      note: `${note}; access tokens must have it (RFC 9068 §2.2)`,
    }
  }
}
