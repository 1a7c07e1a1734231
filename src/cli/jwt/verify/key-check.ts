/**
 * The check of which key a token is verified with.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-4.1.4 | RFC 7515 §4.1.4}
 * @module
 */

import type { JwtHeader } from '../../../protocol/jwt.ts'
import { visible } from '../../output.ts'
import type { Members } from '../compact.ts'
import { hmacBytes } from '../key-kinds.ts'
import type { Checked } from './checked.ts'
import type { KeySource } from './key-source.ts'
import { asIfFor } from './keys.ts'
import { algorithmsFor, type Case, findKey, headerOf } from './verdict.ts'

/** Names that are listed of a set. */
const MOST_NAMED = 5

/** Whether there is one key that the verifier would take, and if not, why not. */
export async function keyCheck(given: Case): Promise<Checked> {
  const header = headerOf(given)
  if (header === undefined || !algorithmsFor(given).includes(header.alg)) {
    return { outcome: 'not made', note: 'alg is not accepted' }
  }
  const { source } = given
  const { alg, kid } = header
  const says = kid === undefined ? 'no kid' : visible(kid)
  if ((await findKey(given)) !== undefined) return { outcome: 'ok', says }
  const note =
    source.secret === undefined ? await publicNote(header, source) : secretNote(alg, source)
  return { outcome: 'failed', says, note }
}

function secretNote(alg: string, { secret }: KeySource): string {
  const least = hmacBytes.get(alg) ?? 0
  const length = secret?.bytes.length ?? 0
  return length < least
    ? `the secret has ${length} bytes, and ${alg} needs ${least} (RFC 7518 §3.2): a short one can be guessed`
    : 'the secret is another one, by its kid or its alg'
}

async function publicNote({ alg, kid }: JwtHeader, { keys }: KeySource): Promise<string> {
  const named = keys.filter((jwk) => kid === undefined || jwk.kid === kid)
  if (keys.length === 0) return 'the set is empty'
  if (named.length === 0) return `the set has no such key, but ${namesOf(keys)}`
  const fitting = []
  for (const jwk of named) if ((await asIfFor(jwk, alg)) !== undefined) fitting.push(jwk)
  if (fitting.length === 0)
    return `it is ${kindsOf(named)}, which does not fit ${alg}, or is too weak`
  if (fitting.length > 1) return `${fitting.length} keys of the set may be meant`
  return 'the key is there, and is not for verifying this (use, key_ops, alg, or published with its private half)'
}

function namesOf(keys: readonly Members[]): string {
  const names = keys.map(({ kid }) => (typeof kid === 'string' ? visible(kid) : '(no kid)'))
  const more = names.length > MOST_NAMED ? `, and ${names.length - MOST_NAMED} more` : ''
  return names.slice(0, MOST_NAMED).join(', ') + more
}

const kindsOf = (keys: readonly Members[]) =>
  [...new Set(keys.map(({ kty, crv }) => visible([kty, crv].filter(Boolean).join(' '))))].join(', ')
