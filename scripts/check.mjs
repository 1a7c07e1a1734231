/** Everything that can be said about the code without running it. Changes no source file. */

import { script, tool } from './tool.mjs'

const checks = {
  'format and lint (biome)': () => tool('biome', 'check', '--error-on-warnings'),
  'types (tsc)': () => tool('tsc', '-p', 'tsconfig.json', '--noEmit'),
  'unused code (knip)': () => tool('knip', '--no-progress'),
  build: () => script('build.mjs'),
  'package shape (publint)': () => tool('publint', '--strict'),
}

const failed = []
for (const [subject, check] of Object.entries(checks)) {
  const { ok, output, seconds } = check()
  if (!ok) {
    failed.push(subject)
    console.error(output)
  }
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${subject}, ${seconds}`)
}

const count = Object.keys(checks).length
console.log(
  failed.length === 0
    ? `check: all ${count} hold`
    : `check: ${failed.length} of ${count} failed: ${failed.join(', ')}`,
)
process.exitCode = failed.length === 0 ? 0 : 1
