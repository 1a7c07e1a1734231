/** INV-8: what is refused is refused in order, and no server ends by itself. */

const NOT_ANSWERED = new Set(['network', 'timeout'])

/** Codes of RFC 6749 §5.2 and §4.1.2.1, RFC 6750 §3.1 and RFC 8628 §3.5. */
const TYPED = new Set([
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client'],
  ...['unsupported_grant_type', 'invalid_scope', 'invalid_target', 'access_denied'],
  ...['temporarily_unavailable', 'invalid_token', 'insufficient_scope', 'invalid_dpop_proof'],
  ...['authorization_pending', 'slow_down', 'expired_token', 'use_dpop_nonce'],
])

/** What answers in JSON-RPC or with a page: there the status tells. */
const UNTYPED = new Set(['call', 'authorize', 'page', 'sign-in', 'answer'])

export const typedErrors = {
  id: 'INV-8',
  name: 'typed errors, no crash',
  check({ operations, crashes = [], lossy = false }) {
    const seen = operations.filter(({ op }) => op !== 'verify')
    const problems = seen.flatMap((operation) => {
      const problem = problemOf(operation, lossy)
      return problem === undefined
        ? []
        : [`${operation.op} of ${operation.key} on ${operation.server}: ${problem}`]
    })
    for (const { server, code, signal, log } of crashes) {
      problems.push(`server ${server} ended by itself (${signal ?? code}): ${log}`)
    }
    return { looked: seen.length, problems }
  },
}

function problemOf({ op, status, outcome, retryAfter, why }, lossy) {
  if (NOT_ANSWERED.has(outcome)) return lossy ? undefined : `${outcome} ${why ?? ''}`
  if (status < 400) return undefined
  if (status === 503 || status === 429) {
    return retryAfter === undefined ? `${status} without Retry-After` : undefined
  }
  if (status >= 500)
    return op === 'call' && (status === 502 || status === 504) ? undefined : `${status}`
  if (UNTYPED.has(op)) return undefined
  return TYPED.has(outcome) ? undefined : `${status} with ${outcome}`
}
