/**
 * Who is measured. One more is one more file in `servers/`, if it is a script, and one more line here.
 *
 * Each has `start(work)`, which resolves to `{ pids, target, stop }` once the server answers.
 */

import { startScript } from './process.mjs'
import { startWarder } from './warder/server.mjs'

const script = (name) => async (work) => {
  const { pid, target, stop } = await startScript(name, work)
  return { pids: [pid], target, stop }
}

const all = [
  { name: 'limit', title: 'the limit', start: script('limit') },
  { name: 'warder-sqlite', title: 'Warder, SQLite', start: startWarder('sqlite') },
  { name: 'warder-postgres', title: 'Warder, PostgreSQL', start: startWarder('postgres') },
  { name: 'oidc-provider', title: 'oidc-provider 9, Map', start: script('oidc-provider') },
  { name: 'better-auth', title: 'better-auth 1.7, SQLite', start: script('better-auth') },
  {
    name: 'node-oauth',
    title: '@node-oauth/oauth2-server 5 + jose, Map',
    // It cannot introspect.
    works: ['token', 'refresh'],
    start: script('node-oauth'),
  },
]

/** Those that can do a work. */
export const contestantsFor = (work) => all.filter(({ works }) => works?.includes(work) ?? true)
