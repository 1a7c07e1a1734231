/** Prints the counts of a vitest report in one line, and fails if a test was skipped or none ran. */

import { readFileSync } from 'node:fs'

const [, , report] = process.argv
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
  readFileSync(report, 'utf8'),
)
const skipped = numPendingTests + numTodoTests

console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${skipped} skipped`)
if (skipped > 0) console.error('Nothing may be skipped here: install what the tests lack.')
process.exitCode = numPassedTests > 0 && numFailedTests === 0 && skipped === 0 ? 0 : 1
