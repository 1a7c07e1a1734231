/**
 * The official MCP conformance suite against `warder serve` and Warder's clients, nothing skipped, no
 * expected failures.
 * One more role is one more file in `conformance/`, and one more line here.
 *
 * The suite needs Node 22 or newer, so it runs under the Node 24 binary of the npm package
 * `node-linux-…`, which is put into .tools/ if it is not there.
 *
 * Usage: npm run conformance [-- client|authorization|server]
 */

import { authorization } from './conformance/authorization.mjs'
import { client } from './conformance/client.mjs'
import { server } from './conformance/server.mjs'

const roles = { client, authorization, server }

const [named] = process.argv.slice(2)
if (named !== undefined && !Object.hasOwn(roles, named)) {
  const known = Object.keys(roles).join(', ')
  console.error(`conformance: there is no role “${named}” here; use: ${known}`)
  process.exit(2)
}

const sum = { passed: 0, failed: 0 }
for (const role of named === undefined ? Object.keys(roles) : [named]) {
  const { passed, failed } = await roles[role]()
  sum.passed += passed
  sum.failed += failed
}
console.log(`${sum.passed} passed, ${sum.failed} failed`)
process.exitCode = sum.failed === 0 ? 0 : 1
