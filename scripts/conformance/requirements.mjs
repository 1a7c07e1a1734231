/** What a revision requires, as the suite lists it. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../tool.mjs'

/** The revisions that have requirements. */
export const revisions = ['2025-11-25', '2026-07-28']

/**
 * The scenarios of a role.
 *
 * @param role - `client` or `server`.
 */
export function required(revision, role) {
  const section =
    new RegExp(`^${role}:\\n((?: {2}- .*\\n)+)`, 'm').exec(listOf(revision))?.[1] ?? ''
  const scenarios = section.match(/[^\s-].*/g) ?? []
  if (scenarios.length === 0) throw new Error(`The suite requires nothing in ${revision}.`)
  return scenarios
}

/** The scenarios of a role that are run and not required: extensions, and what came later. */
export function unscored(revision, role) {
  const entries = listOf(revision).split('\nnot_scored:\n')[1]?.split('\n  - scenario: ') ?? []
  return entries
    .filter((entry) => entry.includes(`leg: ${role}\n`))
    .map((entry) => entry.replace('  - scenario: ', '').split('\n')[0])
}

function listOf(revision) {
  const list = `node_modules/@modelcontextprotocol/conformance/requirements/${revision}.yaml`
  return readFileSync(join(root, list), 'utf8')
}
