/**
 * A name and a password with each request: HTTP Basic, for service accounts and for people.
 *
 * Passwords are checked by a function of the application, which also slows down whoever guesses;
 * `accounts.verifyPassword` of a Warder is one.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7617 | RFC 7617}
 * @module
 */

import { ConfigError, OAuthError } from '../../errors.ts'
import { freezeDeep } from '../../freeze.ts'
import { parseBasicCredentials } from '../../protocol/basic-credentials.ts'
import { type Found, rememberedChecks } from '../basic/remembered.ts'
import { checkNumber } from '../number-option.ts'
import { isEncrypted, type Visit } from '../request.ts'
import type { CredentialKind, Identity } from './credential.ts'

/** Whom a name and a password stand for. */
export interface BasicIdentity {
  /** Who (`sub`). */
  readonly subject: string
  readonly scopes?: readonly string[]
  readonly roles?: readonly string[]
  /**
   * Whether this is still so: the password not changed, the account not disabled. Asked with every
   * request for which the password is not checked again.
   */
  readonly isCurrent?: () => Promise<boolean> | boolean
}

/** Who checks passwords, and for how long that counts. */
export interface BasicOptions {
  /**
   * Whom a name and a password stand for; nothing if it is no one, whatever is wrong with them. It
   * must take as long for a name that nobody has, and count failures.
   *
   * @throws {OAuthError} if the check is refused, with status 429 for whoever failed too often.
   */
  readonly verify: (
    username: string,
    password: string,
    visit: Visit,
  ) => Promise<BasicIdentity | undefined> | BasicIdentity | undefined
  /**
   * How long a password that was right counts as right from the same address, unless `isCurrent` says
   * otherwise: so late is a change noticed.
   */
  readonly cache?: {
    /** In seconds; 60 unless told, 0 to check every time. */
    readonly ttl?: number
    /** How many are remembered at most; 1000 unless told. */
    readonly entries?: number
  }
}

/** Longer would be a session, which nobody can end. */
const LONGEST_TTL = 600

/**
 * Accepts a name and a password, over an encrypted connection or from this computer only: over plain http,
 * nobody is let in whose address `guard.check` is not told.
 *
 * @throws {ConfigError} if an option is wrong or unsafe.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7617#section-2 | RFC 7617 §2}
 */
export function basic(options: BasicOptions): CredentialKind {
  const { ttl = 60, entries = 1_000 } = options.cache ?? {}
  checkOptions(options)
  return {
    name: 'basic',
    create({ resource, platform }) {
      const check = rememberedChecks<Identity>({ platform, ttl: ttl * 1000, entries })

      const ask = async (
        { username, password }: ReturnType<typeof parseBasicCredentials>,
        visit: Visit,
      ): Promise<Found<Identity> | undefined> => {
        const who = await options.verify(username, password, visit)
        if (who === undefined) return undefined
        const { subject, scopes = [], roles = [], isCurrent } = who
        return {
          value: freezeDeep({
            ...{ subject, clientId: subject, issuer: resource },
            scopes: [...scopes],
            roles: [...roles],
            credentialId: subject,
            authTime: platform.now(),
            amr: ['pwd'],
            claims: {},
          }),
          ...(isCurrent === undefined ? {} : { isCurrent }),
        }
      }

      return {
        scheme: 'Basic',
        challenge: { realm: resource, charset: 'UTF-8' },
        async verify({ in: place, scheme, credentials }, visit) {
          if (place !== 'authorization' || scheme !== 'basic') return undefined
          checkTransport(visit)
          const parsed = parseBasicCredentials(credentials)
          const parts = [parsed.username, parsed.password, visit.connection.remoteAddress ?? '']
          return (await check(parts, () => ask(parsed, visit))) ?? refuse()
        },
      }
    },
  }
}

function checkOptions({ verify, cache: { ttl = 60, entries = 1_000 } = {} }: BasicOptions): void {
  if (typeof verify !== 'function') {
    throw new ConfigError('verify', 'must be a function that checks a name and a password.')
  }
  checkNumber('cache.ttl', ttl, { least: 0, most: LONGEST_TTL })
  if (!(Number.isInteger(entries) && entries >= 1)) {
    throw new ConfigError('cache.entries', 'must be a number of at least 1.')
  }
}

/** {@link https://www.rfc-editor.org/rfc/rfc7617#section-4 | RFC 7617 §4}: whoever listens would have the password. */
function checkTransport(visit: Visit): void {
  if (isEncrypted(visit) || isFromHere(visit)) return
  throw new OAuthError('invalid_request', 'Send a name and a password over https only.', {
    detail:
      'not encrypted, and not known to come from this computer: tell the guard the connection',
  })
}

/** Whether the caller is known to be on this computer: the host of the address it called says nothing. */
const isFromHere = ({ connection: { remoteAddress = '' } }: Visit): boolean =>
  /^(?:::ffff:)?127\.|^::1$/i.test(remoteAddress)

/** One sentence, whatever was wrong. */
const refuse = (): never => {
  throw new OAuthError('invalid_token', 'The name and the password are not valid.', {
    detail: 'no such name, or not its password',
  })
}
