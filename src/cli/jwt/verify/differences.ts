/**
 * How two texts that should be the same differ, in words: most mismatches are near misses.
 *
 * @module
 */

import { visible } from '../../output.ts'

/**
 * What is different, seen from the expected text: “a trailing slash too many”. Nothing if the two have
 * nothing in common.
 */
export function differenceOf(given: string, expected: string): string | undefined {
  if (given === expected) return undefined
  return comparisons.map((compare) => compare(given, expected)).find((words) => words !== undefined)
}

type Compare = (given: string, expected: string) => string | undefined

const surroundings: Compare = (given, expected) =>
  given.trim() === expected.trim() ? 'spaces or line breaks around it' : undefined

const hiding: Compare = (given, expected) => {
  const [hidden] = [given, expected].filter((text) => visible(text) !== text)
  if (hidden === undefined || seen(given) !== seen(expected)) return undefined
  return 'characters that cannot be seen'
}

/** A text as the eye has it. */
const seen = (text: string) =>
  text.replace(/[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu, '').normalize('NFKC')

const slash: Compare = (given, expected) => {
  if (given === `${expected}/`) return 'a trailing slash too many'
  return `${given}/` === expected ? 'a trailing slash is missing' : undefined
}

const letterCase: Compare = (given, expected) =>
  given.toLowerCase() === expected.toLowerCase()
    ? 'upper and lower case, which count byte for byte'
    : undefined

const parts = [
  ['protocol', 'the scheme'],
  ['hostname', 'the host'],
  ['port', 'the port'],
  ['pathname', 'the path'],
  ['search', 'the query'],
  ['hash', 'the fragment'],
] as const

/** URLs are compared part by part, so that what is the same need not be read. */
const url: Compare = (given, expected) => {
  if (!URL.canParse(given) || !URL.canParse(expected)) return undefined
  const [a, b] = [new URL(given), new URL(expected)]
  if (a.host === '' || b.host === '') return undefined
  if (a.href === b.href) return spelling(given, expected)
  const differing = parts.filter(([part]) => a[part] !== b[part])
  const told = differing.map(([part, name]) => `${name} is ${said(a, part)}, not ${said(b, part)}`)
  const isSamePath = a.pathname === b.pathname && given.endsWith('/') !== expected.endsWith('/')
  const slashes = isSamePath ? ['one of them ends in a slash'] : []
  return differing.length <= 2 ? [...told, ...slashes].join(', and ') : undefined
}

const said = (url: URL, part: (typeof parts)[number][0]) => {
  const value = visible(part === 'protocol' ? url.protocol.slice(0, -1) : url[part])
  return value === '' || value === '/' ? (part === 'port' ? 'the default' : 'empty') : value
}

/** Two spellings of one URL, which is not enough: identifiers are compared byte for byte. */
const spelling: Compare = (given, expected) => {
  const ports = /:(?:443|80)(?=[/?#]|$)/
  return ports.test(given) !== ports.test(expected)
    ? 'the port, which is the default one and still has to be written alike'
    : 'the spelling of one and the same URL, which counts byte for byte'
}

const look: Compare = (given, expected) => {
  if (skeleton(given) !== skeleton(expected)) return undefined
  const [odd = ''] = [...given, ...expected].filter((character) => character > '~')
  return `a letter that only looks the same (${named(odd)})`
}

const named = (character: string) =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** Letters of other alphabets that are drawn like Latin ones. */
const alike: Readonly<Record<string, string>> = {
  ...{ а: 'a', с: 'c', ԁ: 'd', е: 'e', һ: 'h', і: 'i', ј: 'j', о: 'o', р: 'p', ѕ: 's' },
  ...{ у: 'y', х: 'x', ԝ: 'w', α: 'a', ο: 'o', ν: 'v', ι: 'i', κ: 'k', ρ: 'p', τ: 't' },
}

const skeleton = (text: string) =>
  [...text.normalize('NFKC')].map((character) => alike[character] ?? character).join('')

/** Where two texts that begin alike part. */
const place: Compare = (given, expected) => {
  let at = 0
  while (at < given.length && given[at] === expected[at]) at++
  const shorter = Math.min(given.length, expected.length)
  if (at === shorter) return at > 3 ? ending(given, expected) : undefined
  if (at < shorter / 3 || at < 4) return undefined
  const [a = '', b = ''] = [given[at], expected[at]].map((character) => visible(character ?? ''))
  return `they part at character ${at + 1}: “${a}”, not “${b}”`
}

const ending: Compare = (given, expected) =>
  given.length > expected.length
    ? `“${visible(given.slice(expected.length))}” at the end is too much`
    : `“${visible(expected.slice(given.length))}” is missing at the end`

/** The closest first. */
const comparisons: readonly Compare[] = [
  ...[surroundings, hiding, slash, letterCase, look, url, place],
]
