/**
 * Takes secrets out of text that is about to leave the process, whatever put them there.
 *
 * The last line of defence, not the first: events have no field for a secret, and a {@link Secret}
 * does not print. What comes from elsewhere (a driver's error, a program's stderr) may hold anything,
 * and this finds what looks like a secret. One that looks like any other word stays.
 *
 * In its place stands `[redacted:type:xxxxxxxx]`: its kind, and a mark that is the same for the same
 * secret, so that an operator can tell that two lines are about one token. The mark is made with a key
 * that no one has and that ends with the process, so that nobody can try guesses against it.
 *
 * @module
 */

import { createHmac } from 'node:crypto'
import { systemPlatform } from '../platform.ts'
import { detectors, MARK } from './detectors.ts'

/** Gives a text without its secrets. Doing it twice changes nothing. */
export type Redactor = (text: string) => string

const IS_MARK = new RegExp(`^${MARK}$`)

/** What is kept before each secret, and the secret. */
const sources = detectors.map(({ before = '', secret }) => `(${before})(${secret})`)

/** A mark, which stays; or one of the shapes. */
const SHAPES = new RegExp([MARK, ...sources].join('|'), 'gi')

/** Where among the groups of {@link SHAPES} those of each shape begin: some have more than two. */
const firstGroups = sources.map(
  (_, i) => new RegExp(`|${sources.slice(0, i).join('|')}`).exec('')?.length ?? 1,
)

/** A redactor whose marks follow from a key. */
export function createRedactor(key: Uint8Array): Redactor {
  const mark = (type: string, secret: string): string => {
    const digest = createHmac('sha256', key).update(secret).digest('hex')
    return `[redacted:${type}:${digest.slice(0, 8)}]`
  }
  return (text) => {
    // What follows a secret is looked at as if the text began there, as it will when its mark stands
    // before it: a key that ends in `-----` does not make the rest part of a word.
    let [redacted, rest] = ['', text]
    SHAPES.lastIndex = 0
    for (let found = SHAPES.exec(rest); found !== null; found = SHAPES.exec(rest)) {
      const i = firstGroups.findIndex((group) => found?.[group] !== undefined)
      const [detector, group = 0] = [detectors[i], firstGroups[i]]
      const [before = '', secret = ''] = found.slice(group, group + 2)
      if (detector === undefined || IS_MARK.test(secret)) continue
      const start = found.index + before.length
      if (detector.unless?.(secret)) {
        // What only looked like a secret may begin the name of one.
        SHAPES.lastIndex = start
        continue
      }
      redacted += rest.slice(0, start) + mark(detector.type, secret)
      rest = rest.slice(SHAPES.lastIndex)
      SHAPES.lastIndex = 0
    }
    return redacted + rest
  }
}

/** The redactor of this process: the same secret gets the same mark in all that it puts out. */
export const redact: Redactor = createRedactor(systemPlatform.random(32))
