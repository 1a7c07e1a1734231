/** Reading what the suite has found. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The checks of each scenario that the suite wrote into a directory, by the scenario's name. */
export function readChecks(directory) {
  const files = existsSync(directory) ? readdirSync(directory, { recursive: true }) : []
  return new Map(
    files
      .filter((file) => file.endsWith('checks.json'))
      .map((file) => [
        // The name of its folder ends with the time.
        file.replace(/-\d{4}-\d\d-\d\dT.*$/, ''),
        JSON.parse(readFileSync(join(directory, file), 'utf8')),
      ]),
  )
}

/**
 * Counts checks, and prints those that did not pass. A skipped one has not passed, and a scenario
 * that did not run has failed.
 *
 * @param isExcused - Whether a check is about something that there is not.
 */
export function tally(found, scenarios, exitCode, isExcused = () => false) {
  let passed = 0
  let failed = exitCode === 0 ? 0 : 1
  for (const scenario of scenarios) {
    const checks = found.get(scenario) ?? []
    if (checks.length === 0) {
      failed++
      console.log(`${scenario}: it did not run`)
    }
    for (const check of checks) {
      const { id, status, errorMessage = '' } = check
      if (status === 'SUCCESS') passed++
      if (['SUCCESS', 'INFO'].includes(status) || isExcused(check)) continue
      failed++
      console.log(`${scenario}: ${status} ${id} ${errorMessage}`)
    }
  }
  return { passed, failed }
}
