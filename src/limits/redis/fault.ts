/**
 * What can go wrong with Redis, said without repeating anything that was sent: old servers answer an
 * unknown command with its arguments, and one of those is the password.
 *
 * @module
 */

/** A mistake that an operator must mend; trying again is no use. */
export interface Mistake {
  readonly problem: string
  readonly hint: string
}

/** Why Redis cannot be used now. */
export class RedisFault extends Error {
  override readonly name = 'RedisFault'
  readonly mistake: Mistake | undefined

  constructor(reason: string, mistake?: Mistake) {
    super(reason)
    this.mistake = mistake
  }
}

const notLetIn: Mistake = {
  problem: 'is a Redis that does not let Warder in.',
  hint: 'Check the user and the password.',
}

/** The error replies that stay until somebody changes something. */
const mistakes: Readonly<Record<string, Mistake>> = {
  WRONGPASS: notLetIn,
  NOAUTH: notLetIn,
  NOPERM: {
    problem: 'is a Redis whose user may not do what Warder needs.',
    hint: 'See docs/limits.md for the commands and keys.',
  },
  ERR: {
    problem: 'is a server that refused the handshake.',
    hint: 'Use Redis 6.2 or newer, or Valkey, and a database that it has.',
  },
}

const untrusted: Mistake = {
  problem: 'is a Redis whose certificate is not trusted.',
  hint: 'Name the authority that signed it in NODE_EXTRA_CA_CERTS, and the host as the certificate does.',
}

/** Node's and OpenSSL's codes for a certificate that was looked at and refused. */
const CERTIFICATE = /CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/

/** The word that an error reply of Redis begins with, such as `OOM`. */
export function replyCode(error: unknown): string | undefined {
  return error instanceof Error ? /^[A-Z]{2,}(?= )/.exec(error.message)?.[0] : undefined
}

/** Reads what the client threw. */
export function faultOf(error: unknown): RedisFault {
  if (error instanceof RedisFault) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  if (code !== undefined) {
    return new RedisFault(
      `the connection failed: ${code}`,
      CERTIFICATE.test(code) ? untrusted : undefined,
    )
  }
  const reply = replyCode(error)
  if (reply !== undefined) return new RedisFault(`it answered ${reply}`, mistakes[reply])
  return new RedisFault('the connection was lost')
}

/**
 * The mistake of a server that forgets keys when its memory is full: what it forgets could be
 * presented again.
 */
export const evicting = (policy: string): RedisFault =>
  new RedisFault(`its maxmemory-policy is ${policy}`, {
    problem: `is a Redis that forgets keys when its memory is full (maxmemory-policy ${policy}).`,
    hint: 'Set maxmemory-policy to noeviction.',
  })
