/**
 * Challenges: the `WWW-Authenticate` header, written and read.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1 | RFC 9110 §11.6.1}
 * @module
 */

/** What one challenge of a `WWW-Authenticate` header says. */
export interface Challenge {
  /** As sent; compare it without regard to case. */
  readonly scheme: string
  readonly token68?: string
  /** By lower-case name, in an object without prototype. */
  readonly parameters: Readonly<Record<string, string>>
}

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const quoted =
  '"((?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*)"'

const TOKEN = new RegExp(`^${token}$`)
const PRINTABLE = /^[\x20-\x7e]*$/

const LIST_START = /[ \t,]*/y
const LIST_NEXT = /[ \t]*(?:,[ \t,]*|$)/y
const SCHEME = new RegExp(token, 'y')
const SPACE = / +/y
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y
const PARAMETER = new RegExp(`(${token})[ \\t]*=[ \\t]*(?:(${token})|${quoted})`, 'y')

/**
 * Writes a challenge, every parameter as a quoted string; those that are `undefined` are left out.
 *
 * @throws {TypeError} if a name is no token, or a value has characters other than printable ASCII.
 */
export function formatChallenge(
  scheme: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  if (!TOKEN.test(scheme)) throw new TypeError('A challenge needs a token as its scheme.')
  const written = Object.entries(parameters).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (!TOKEN.test(name)) throw new TypeError('The name of a challenge parameter must be a token.')
    if (!PRINTABLE.test(value)) {
      throw new TypeError(`The value of the challenge parameter ${name} must be printable ASCII.`)
    }
    return [`${name}="${value.replace(/["\\]/g, '\\$&')}"`]
  })
  return written.length === 0 ? scheme : `${scheme} ${written.join(', ')}`
}

/**
 * Reads a `WWW-Authenticate` header, which may hold several challenges.
 *
 * @throws {SyntaxError} if it is malformed or a challenge has a parameter twice. Guessing would let
 * whoever wrote one value decide what the others mean.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: Challenge[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at
    const match = pattern.exec(header) ?? undefined
    if (match !== undefined) at = pattern.lastIndex
    return match
  }
  let parameters: Record<string, string> | undefined
  take(LIST_START)
  while (at < header.length) {
    // A parameter after a comma goes on with the challenge before it, if that has parameters.
    const next = parameters === undefined ? undefined : take(PARAMETER)
    if (next !== undefined && parameters !== undefined) {
      addParameter(parameters, next)
    } else {
      const challenge = takeChallenge(take)
      parameters = Object.keys(challenge.parameters).length > 0 ? challenge.parameters : undefined
      challenges.push(challenge)
    }
    if (take(LIST_NEXT) === undefined) throw malformed()
  }
  return challenges
}

/** A scheme, and its token68 or the first of its parameters. */
function takeChallenge(take: (pattern: RegExp) => RegExpExecArray | undefined) {
  const scheme = take(SCHEME)?.[0]
  if (scheme === undefined) throw malformed()
  const parameters: Record<string, string> = Object.create(null)
  if (take(SPACE) === undefined) return { scheme, parameters }
  const token68 = take(TOKEN68)?.[0]
  if (token68 !== undefined) return { scheme, token68, parameters }
  const first = take(PARAMETER)
  if (first !== undefined) addParameter(parameters, first)
  return { scheme, parameters }
}

function addParameter(parameters: Record<string, string>, match: RegExpExecArray): void {
  const [, name = '', plain, quotedValue = ''] = match
  const key = name.toLowerCase()
  if (key in parameters) throw malformed()
  parameters[key] = plain ?? quotedValue.replace(/\\(.)/g, '$1')
}

const malformed = () => new SyntaxError('The WWW-Authenticate header is malformed.')
