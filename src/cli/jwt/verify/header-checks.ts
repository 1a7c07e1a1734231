/**
 * The checks of a token's form and header.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-4 | RFC 7515 §4}
 * @module
 */

import { decodeBase64url } from '../../../protocol/base64url.ts'
import { checkHeader, parseObject, splitJwt } from '../../../protocol/jwt.ts'
import { refuseToken } from '../../../protocol/jwt-claims.ts'
import { mediaType } from '../registered.ts'
import { type Checked, noteOf, shown } from './checked.ts'
import { algorithmsFor, type Case, reasonOf, typesFor } from './verdict.ts'

/** Whether it is a signed token, spelled as one must be. */
export async function formCheck({ token, read }: Case): Promise<Checked> {
  const reason = await reasonOf(() => {
    const parts = splitJwt(token)
    parseObject(parts.header, 'header')
    parseObject(parts.payload, 'payload')
    if (decodeBase64url(parts.signature) === undefined) refuseToken('not canonical base64url')
  })
  if (reason === undefined) return { outcome: 'ok', says: `${token.length} characters` }
  const around = read.oddities.has('whitespace-inside')
    ? 'spaces or line breaks inside: it was copied from a terminal that wrapped it'
    : undefined
  const encrypted =
    read.kind === 'encrypted' ? 'an encrypted token (JWE), which is not taken' : undefined
  return { outcome: 'failed', note: encrypted ?? around ?? reason }
}

/** Whether it is signed as it may be. */
export async function algCheck(given: Case): Promise<Checked> {
  const { read, expected, source } = given
  const algorithms = algorithmsFor(given)
  const says = shown(read.header.alg)
  const reason = await reasonOf(() =>
    checkHeader({ alg: read.header.alg }, { algorithms, typ: [undefined] }),
  )
  if (reason !== undefined) {
    const wanted = expected.algorithms?.join(' or ')
    const fit = `a signature algorithm for ${source.secret === undefined ? 'public keys' : 'secrets'}`
    return { outcome: 'failed', says, expected: wanted ?? fit, ...noteOf(confusable(given)) }
  }
  if (expected.algorithms !== undefined) return { outcome: 'ok', says }
  return isSaidByKey(given)
    ? { outcome: 'ok', says, note: 'as its key says' }
    : { outcome: 'not made', says, note: 'as the token says; to expect one: --alg' }
}

/** Whoever published the key has said what it is for. */
const isSaidByKey = ({ read: { header }, source: { keys, secret } }: Case) =>
  [...keys, ...(secret === undefined ? [] : [secret])].some(
    ({ kid, alg }) => kid === header.kid && alg === header.alg,
  )

/** Whoever has a public key cannot have made an HMAC with anything that is secret. */
function confusable({ read, source }: Case): string | undefined {
  const { alg } = read.header
  if (typeof alg !== 'string' || alg.toLowerCase() === 'none') return 'nobody signed it'
  const isShared = alg.startsWith('HS')
  if (isShared === (source.secret !== undefined)) return undefined
  return isShared
    ? 'it was signed with a secret, not with a key'
    : 'it was signed with a key, not with a secret'
}

/** Whether it is of the kind that is expected. */
export async function typCheck(given: Case): Promise<Checked> {
  const { header } = given.read
  const says = header.typ === undefined ? 'nothing' : shown(header.typ)
  if (given.expected.typ === undefined) return { outcome: 'not made', says, note: '--typ any' }
  const wanted = typesFor(given)
  const reason = await reasonOf(() =>
    checkHeader({ alg: '', typ: header.typ }, { algorithms: [''], typ: wanted }),
  )
  if (reason === undefined) return { outcome: 'ok', says }
  const type = mediaType(header.typ)
  const may =
    type === undefined || type === 'jwt'
      ? `if its issuer writes nothing else for access tokens: --typ ${type === undefined ? 'none' : 'JWT'}`
      : 'it is another kind of token'
  const expected = wanted.map((each) => each ?? 'nothing').join(' or ')
  return { outcome: 'failed', says, expected, note: may }
}

/** Whether its header asks for nothing that is not known here. */
export async function extensionCheck({ read: { header } }: Case): Promise<Checked> {
  const { crit, b64, kid } = header
  const reason = await reasonOf(() =>
    checkHeader({ alg: '', ...{ crit, b64, kid } }, { algorithms: [''], typ: [undefined] }),
  )
  if (reason !== undefined)
    return { outcome: 'failed', says: shown(crit ?? b64 ?? kid), note: reason }
  return { outcome: 'ok', says: 'no extension' }
}
