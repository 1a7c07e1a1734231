/** Everything that can be said about the code without running it. Changes no source file. */

import { tool } from './tool.mjs'

const checks = [
  ['format and lint', 'biome', 'check', '--error-on-warnings'],
  ['types', 'tsc', '-p', 'tsconfig.json', '--noEmit'],
  ['unused code', 'knip', '--no-progress'],
  ['build', 'tsc', '-p', 'tsconfig.build.json'],
  ['package shape', 'publint', '--strict'],
]

const failed = []
for (const [subject, name, ...args] of checks) {
  const { ok, output, seconds } = tool(name, ...args)
  if (!ok) {
    failed.push(subject)
    console.error(output)
  }
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${subject} (${name}, ${seconds})`)
}

console.log(
  failed.length === 0
    ? `check: all ${checks.length} hold`
    : `check: ${failed.length} of ${checks.length} failed: ${failed.join(', ')}`,
)
process.exitCode = failed.length === 0 ? 0 : 1
