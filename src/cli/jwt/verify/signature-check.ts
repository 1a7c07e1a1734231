/**
 * The check of a token's signature.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-5.2 | RFC 7515 §5.2}
 * @module
 */

import { type JwtParts, splitJwt, verifyParts } from '../../../protocol/jwt.ts'
import { type Checked, shown } from './checked.ts'
import { forgeryOf, nearMissOf } from './near-misses.ts'
import { algorithmsFor, type Case, findKey, headerOf, reasonOf } from './verdict.ts'

/** Whether the key that the verifier would take made the signature. */
export async function signatureCheck(given: Case): Promise<Checked> {
  const header = headerOf(given)
  const parts = await partsOf(given)
  if (header === undefined || parts === undefined) {
    return { outcome: 'not made', note: 'it cannot be read' }
  }
  if (parts.signature === '') return { outcome: 'failed', note: 'there is none' }
  const key = await findKey(given)
  const isGood =
    key !== undefined && (await reasonOf(() => verifyParts(parts, header, () => key))) === undefined
  if (isGood) return { outcome: 'ok', says: `verified with ${shown(given.source.from)}` }
  const isAccepted = algorithmsFor(given).includes(header.alg)
  const explain = isAccepted ? nearMissOf : forgeryOf
  const near = await explain({ ...header, parts, source: given.source })
  if (key === undefined && near === undefined) {
    return { outcome: 'not made', note: isAccepted ? 'without a key' : 'alg is not accepted' }
  }
  return { outcome: 'failed', note: near ?? BY_ANOTHER }
}

const BY_ANOTHER = 'it was made with another key, or for another header or other claims'

/** The parts, also of a token that has line breaks in it. */
async function partsOf({ read }: Case): Promise<JwtParts | undefined> {
  let parts: JwtParts | undefined
  await reasonOf(() => {
    parts = splitJwt(read.text)
  })
  return parts
}
