/**
 * What a request is about, by its path alone: enough to say how much it matters, and to count it
 * under a name of ours. No path of a caller's is ever a name.
 *
 * @module
 */

/**
 * What matters most when not everything can be done. Who cannot get keys or metadata takes every
 * server for broken; a token that is not renewed ends a session; a page can be loaded again.
 */
export type Importance = 'always' | 'tokens' | 'pages' | 'calls' | 'rest'

/** A kind of request. */
export interface Route {
  /** One of few. */
  readonly name: string
  readonly importance: Importance
}

/** Endpoints of the server by how much they matter; the rest is the rest. */
const importances: Readonly<Record<string, Importance>> = {
  jwks: 'always',
  metadata: 'always',
  token: 'tokens',
  revoke: 'tokens',
  introspect: 'tokens',
  authorize: 'pages',
  interaction: 'pages',
  elicitation: 'pages',
}

const wellKnown: Route = { name: 'well-known', importance: 'always' }
const unknown: Route = { name: 'unknown', importance: 'rest' }

/** What is below is read by everybody and decides nothing. */
const WELL_KNOWN = '/.well-known/'

/** What is served. */
export interface Served {
  /** The names of the server's endpoints, by path. */
  readonly names: ReadonlyMap<string, string>
  /** The paths of mounted MCP servers. */
  readonly mounts: readonly string[]
}

/** What can be asked for. */
export interface Routes {
  /** What a path is about. */
  routeOf(path: string): Route
  /** The names of all routes. */
  readonly names: readonly string[]
}

/** Finds what paths are about. */
export function routeFinder({ names, mounts }: Served): Routes {
  const routes = new Map<string, Route>()
  for (const [path, name] of names) {
    const importance = Object.hasOwn(importances, name) ? importances[name] : undefined
    routes.set(path, { name, importance: importance ?? 'rest' })
  }
  const mcp: Route = { name: 'mcp', importance: 'calls' }
  for (const path of mounts) routes.set(path, mcp)
  const all = [...routes.values(), mcp, wellKnown, unknown]
  return {
    routeOf: (path) => routes.get(path) ?? (path.startsWith(WELL_KNOWN) ? wellKnown : unknown),
    names: [...new Set(all.map(({ name }) => name))],
  }
}
