/**
 * The role `server`: a server that has all the suite asks for, reached through the gateway, in
 * every revision that has requirements.
 *
 * The suite cannot send an access token, so one is put into its requests on the way.
 */

import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { readChecks, tally } from './checks.mjs'
import { runSuite, startWarder } from './installation.mjs'
import { required, revisions } from './requirements.mjs'
import { startUpstream } from './upstream.mjs'

export async function server() {
  const upstream = await startUpstream()
  // The suite opens a session for each scenario as one and the same user, and ends few of them.
  const sessions = { perUser: 200 }
  const warder = await startWarder({ conformance: { url: upstream.url, sessions } })
  const mount = `${warder.issuer}/mcp/conformance`
  const proxy = await withToken(mount, await warder.token(mount))
  const sum = { passed: 0, failed: 0 }
  try {
    for (const revision of revisions) {
      const { found, code } = await judge(revision, proxy.url, warder.directory)
      const scenarios = required(revision, 'server').map((scenario) => `server-${scenario}`)
      const { passed, failed } = tally(found, scenarios, code)
      console.log(`server ${revision}: ${scenarios.length} required scenarios`)
      sum.passed += passed
      sum.failed += failed
    }
    return sum
  } finally {
    proxy.close()
    await warder.close()
    await upstream.close()
  }
}

/** What the suite says of a revision. */
async function judge(revision, url, directory) {
  const results = join(directory, revision)
  const what = ['--url', url, '--requirements', revision, '-o', results]
  const code = await runSuite(['server', ...what])
  return { found: readChecks(results), code }
}

/** A way to a mount that puts a token into each request and changes nothing else. */
async function withToken(mount, token) {
  const { hostname, port, host, pathname: path } = new URL(mount)
  const proxy = createServer((asked, answer) => {
    const own = `localhost:${proxy.address().port}`
    const ours = (value) => (value === undefined ? undefined : value.replace(own, host))
    // The suite means the mount when it says the name of this proxy, and a stranger when it says another.
    const { host: asking, origin } = asked.headers
    const headers = { ...asked.headers, host: ours(asking), authorization: `Bearer ${token}` }
    if (origin !== undefined) headers.origin = ours(origin)
    // A connection for each request: a kept one may be closed just as it is used again.
    const options = { hostname, port, path, method: asked.method, headers, agent: false }
    const forwarded = request(options, (answered) => {
      answer.writeHead(answered.statusCode, answered.rawHeaders)
      answered.pipe(answer)
    })
    forwarded.on('error', (error) => {
      console.error(`conformance: the way to the mount broke: ${error.message}`)
      answer.destroy()
    })
    answer.on('close', () => forwarded.destroy())
    asked.pipe(forwarded)
  })
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${proxy.address().port}${path}`,
    close() {
      proxy.closeAllConnections()
      proxy.close()
    },
  }
}
