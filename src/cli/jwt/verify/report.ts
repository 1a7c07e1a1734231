/**
 * What became of a token, for people and for machines.
 *
 * @module
 */

import { styled } from '../../output.ts'
import { concealed } from '../concealed.ts'
import { labelled, wrap } from '../layout.ts'
import type { Check } from './checked.ts'
import { allChecks } from './checks.ts'
import { type Case, refusalOf } from './verdict.ts'

/** The verdict, with everything that led to it. */
export interface Report {
  readonly accepted: boolean
  readonly checks: readonly Check[]
}

/**
 * Judges a token. It is accepted if the verifier accepts it and no check has anything against it.
 */
export async function judge(given: Case): Promise<Report> {
  const refusal = await refusalOf(given)
  const made = await allChecks(given)
  const isExplained = refusal === undefined || made.some(isFailed)
  const checks = isExplained
    ? made
    : [...made, { name: 'verifier', outcome: 'failed' as const, note: refusal }]
  return { accepted: !checks.some(isFailed), checks }
}

const isFailed = ({ outcome }: Check) => outcome === 'failed'

/** What is wrong first of all, in one sentence. */
export function mainFault({ checks }: Report): string {
  const [first, ...more] = checks.filter(isFailed)
  const others = more.length === 0 ? '' : `, and ${more.length} more failed`
  return first === undefined ? 'nothing' : faultOf(first) + others
}

function faultOf({ name, says, expected, note }: Check): string {
  if (expected === undefined) return [name, note].filter(Boolean).join(': ')
  const why = note === undefined ? '' : ` (${note})`
  return `${name} is ${says}, but ${expected} is expected${why}`
}

const styles = { ok: 'green', failed: 'red', 'not made': 'dim' } as const

const OUTCOME = 8
const NAME = 9
/** From here on there is room for three columns. */
const ROOMY = 64

/** The verdict, then every check. */
export function reportText(report: Report, width: number): readonly string[] {
  return [
    ...headline(report, width),
    '',
    ...report.checks.flatMap((check) => checkLines(check, width)),
  ]
}

function headline({ accepted, checks }: Report, width: number): readonly string[] {
  if (!accepted) {
    const failed = checks.filter(isFailed)
    const label = { text: `${styled(['bold', 'red'], 'REFUSED')}  `, cells: 9 }
    return labelled(label, `because of ${failed.map(({ name }) => name).join(', ')}`, width)
  }
  const unasked = checks.filter(({ name, outcome }) => ASKED.has(name) && outcome === 'not made')
  const label = { text: `${styled(['bold', 'green'], 'ACCEPTED')}  `, cells: 10 }
  if (unasked.length === 0) return labelled(label, 'a guard that expects this lets it in', width)
  const names = unasked.map(({ name }) => name).join(', ')
  return labelled(label, `but you did not say what to expect of ${names}`, width)
}

/** What whoever verifies has to know beforehand. */
const ASKED: ReadonlySet<string> = new Set(['alg', 'typ', 'iss', 'aud'])

function checkLines(check: Check, width: number): readonly string[] {
  const { name, outcome } = check
  const isRoomy = width >= ROOMY
  const word = styled(styles[outcome], outcome.padEnd(OUTCOME))
  const head = `  ${word}  ${styled('bold', name)}`
  const cells = 2 + OUTCOME + 2 + NAME + 2
  const indent = ' '.repeat(isRoomy ? cells : 4)
  const lines = valueLines(check, width - indent.length).map((line) => indent + line)
  if (!isRoomy) return [head, ...lines]
  const [first = indent, ...more] = lines
  return [`${head}${' '.repeat(NAME - name.length + 2)}${first.slice(cells)}`.trimEnd(), ...more]
}

/** Both values one above the other, so that the eye finds the difference. */
function valueLines({ says, expected, note, outcome }: Check, width: number): readonly string[] {
  const notes = note === undefined ? [] : wrap(note, width)
  if (expected !== undefined) {
    const beside = (text: string, value = '') => labelled({ text, cells: 10 }, value, width)
    return [...beside('is        ', says), ...beside('expected  ', expected), ...notes]
  }
  if (outcome === 'failed') return [...(says === undefined ? [] : wrap(says, width)), ...notes]
  if (says === undefined) return notes
  return wrap(note === undefined ? says : `${says} (${note})`, width)
}

/** The report for programs. */
export const reportJson = ({ accepted, checks }: Report, { read }: Case) => ({
  accepted,
  checks,
  header: concealed(read.header),
  ...(read.claims === undefined ? {} : { claims: concealed(read.claims) }),
})
