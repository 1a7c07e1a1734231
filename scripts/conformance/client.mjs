/**
 * The role `client`: Warder's tokens in the SDK's clients, in every revision that has requirements, with
 * all extensions.
 *
 * The first shape is what Warder does by itself, so it must pass everything. In the others the SDK leads.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../tool.mjs'
import { readChecks, tally } from './checks.mjs'
import { runSuite } from './installation.mjs'
import { required, revisions, unscored } from './requirements.mjs'

/** By shape, as `spec/conformance/shapes.mjs` calls them. */
const runs = [
  ...revisions.map((revision) => ({ shape: 'v2-fetch', revision })),
  { shape: 'v2-provider', revision: '2026-07-28', not: ['auth/dpop', 'auth/dpop-nonce'] },
  // The first line of the SDK knows no later revision.
  { shape: 'v1-provider', revision: '2025-11-25', not: ['auth/dpop', 'auth/dpop-nonce'] },
]

/** Requests that the stateless revision has no more; the suite looks for them all the same. */
const gone = new Set([
  'ClientMcpMethodHeader_initialize',
  'ClientMcpMethodHeader_notifications_initialized',
])
const isGone = ({ status, name }) => status === 'SKIPPED' && gone.has(name)

/** All scenarios run at once, and each has a process. */
const TIMEOUT_MS = '180000'

export async function client() {
  const directory = mkdtempSync(join(tmpdir(), 'warder-conformance-'))
  const sum = { passed: 0, failed: 0 }
  try {
    for (const { shape, revision, not = [] } of runs) {
      const results = join(directory, `${shape}-${revision}`)
      const command = `${process.execPath} ${join(root, 'spec/conformance/client.mjs')} ${shape}`
      const what = ['--requirements', revision, '-o', results, '--timeout', TIMEOUT_MS]
      const code = await runSuite(['client', '--command', command, ...what])
      const [must, besides] = [required(revision, 'client'), unscored(revision, 'client')]
      const scenarios = [...must, ...besides].filter((scenario) => !not.includes(scenario))
      const { passed, failed } = tally(readChecks(results), scenarios, code, isGone)
      const counts = `${must.length} required scenarios and ${scenarios.length - must.length} others`
      console.log(`client ${shape} ${revision}: ${counts}, ${passed} checks`)
      sum.passed += passed
      sum.failed += failed
    }
    return sum
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
