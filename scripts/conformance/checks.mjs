/** Reading what the suite has found. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The checks of each scenario that the suite wrote into a directory, by the scenario's name. */
export function readChecks(directory) {
  const folders = existsSync(directory) ? readdirSync(directory) : []
  return new Map(
    folders.map((folder) => [
      // Its name ends with the time.
      folder.replace(/-\d{4}-\d\d-\d\dT.*$/, ''),
      JSON.parse(readFileSync(join(directory, folder, 'checks.json'), 'utf8')),
    ]),
  )
}

/**
 * Counts checks, and prints those that did not pass. A skipped one has not passed, and a scenario
 * that did not run has failed.
 */
export function tally(found, scenarios, exitCode) {
  let passed = 0
  let failed = exitCode === 0 ? 0 : 1
  for (const scenario of scenarios) {
    const checks = found.get(scenario) ?? []
    if (checks.length === 0) {
      failed++
      console.log(`${scenario}: it did not run`)
    }
    for (const { id, status, errorMessage = '' } of checks) {
      if (status === 'SUCCESS') passed++
      if (['SUCCESS', 'INFO'].includes(status)) continue
      failed++
      console.log(`${scenario}: ${status} ${id} ${errorMessage}`)
    }
  }
  return { passed, failed }
}
