/**
 * What a token is expected to say.
 *
 * @module
 */

import { ConfigError } from '../../../errors.ts'
import { hmacAlgorithms, publicKeyAlgorithms } from '../../../protocol/signatures/algorithms.ts'
import { parseMoment } from '../../moment.ts'
import { mediaType } from '../registered.ts'

/** How a command is told. */
export interface ExpectationOptions {
  readonly issuer?: string
  readonly audience?: string
  readonly alg: readonly string[]
  readonly typ: readonly string[]
  readonly tolerance: string
  readonly at?: string
}

/** What is expected. What is not said is not checked, but for what every access token must have. */
export interface Expectations {
  readonly issuer?: string
  readonly audience?: string
  /** Nothing if the token may choose among those that fit the key. */
  readonly algorithms?: readonly string[]
  /** `undefined` in it lets through what has none; nothing if any will do. */
  readonly typ?: readonly (string | undefined)[]
  /** In seconds. */
  readonly tolerance: number
  /** In milliseconds since the epoch. */
  readonly now: number
}

/** As for guards. */
const MOST_TOLERANCE = 600

/** @throws {ConfigError} naming the option that is wrong. */
export function expectationsOf(options: ExpectationOptions, now: number): Expectations {
  const { issuer, audience, alg, at } = options
  const tolerance = Number(options.tolerance)
  if (!/^\d{1,3}$/.test(options.tolerance) || tolerance > MOST_TOLERANCE) {
    throw new ConfigError('--tolerance', `must be a number of seconds up to ${MOST_TOLERANCE}.`)
  }
  const known = [...publicKeyAlgorithms, ...hmacAlgorithms]
  if (!alg.every((name) => known.includes(name))) {
    throw new ConfigError(
      '--alg',
      'must name signature algorithms.',
      `Known are ${known.join(', ')}.`,
    )
  }
  const typ = typesOf(options.typ)
  return {
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    ...(alg.length === 0 ? {} : { algorithms: alg }),
    ...(typ === undefined ? {} : { typ }),
    ...{ tolerance, now: at === undefined ? now : parseMoment(at, now, '--at') },
  }
}

/** Access tokens unless told (RFC 9068 §4); `any` for whatever it says, `none` for what says nothing. */
function typesOf(typ: readonly string[]): Expectations['typ'] {
  if (typ.length === 0) return ['at+jwt']
  return typ.includes('any')
    ? undefined
    : typ.map((each) => (each === 'none' ? undefined : mediaType(each)))
}
