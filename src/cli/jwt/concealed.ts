/**
 * What of a token may be shown: all of it but what somebody could use.
 *
 * Signatures are never shown. A private key in the header, and what looks like a secret among the
 * claims, are marked and left out.
 *
 * @module
 */

import { redact } from '../../vault/redactor.ts'
import type { Members } from './compact.ts'

/** Members that only a private or symmetric key has ({@link https://www.rfc-editor.org/rfc/rfc7518#section-6 | RFC 7518 §6}). */
const PRIVATE_MEMBERS: ReadonlySet<string> = new Set([
  ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'],
])

const HIDDEN = '[redacted]'

/** The members of a token, without secrets. */
export const concealed = (members: Members): Members =>
  Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, withoutSecrets(name, value)]),
  )

/** Whether anything of it is a secret. */
export const holdsSecret = (name: string, value: unknown): boolean =>
  JSON.stringify(withoutSecrets(name, value)) !== JSON.stringify(value)

function withoutSecrets(name: string, value: unknown): unknown {
  const text = JSON.stringify({ [name]: withoutPrivateKey(value) })
  const clean = redact(text)
  if (clean === text) return withoutPrivateKey(value)
  try {
    return onlyValue(JSON.parse(clean))
  } catch {
    // What was taken out had its closing quote with it.
    return HIDDEN
  }
}

const onlyValue = (parsed: object): unknown => Object.values(parsed)[0]

/** A key is one by its `kty`, wherever it is. */
function withoutPrivateKey(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withoutPrivateKey)
  const isKey = 'kty' in value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      isKey && PRIVATE_MEMBERS.has(name) ? HIDDEN : withoutPrivateKey(member),
    ]),
  )
}
