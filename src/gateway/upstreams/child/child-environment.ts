/**
 * The environment of a stdio server: a short list of what programs cannot do without, and what the
 * operator configured. Never the gateway's own, which holds its secrets.
 *
 * Values are passed on as they are written. `$NAME` is not expanded, so no configuration can pull in
 * a secret by accident.
 *
 * @module
 */

import process from 'node:process'

/** The gateway's own environment, for picking from. Everything else gets it by way of this. */
export const gatewayEnvironment: Readonly<Record<string, string | undefined>> = process.env

/** What a program needs to find other programs, its user's files and its language. */
const INHERITED: ReadonlySet<string> = new Set(['PATH', 'HOME', 'LANG', 'TMPDIR', 'TZ'])

const LOCALE = /^LC_[A-Z]+$/

/** What Windows programs need beside those, in upper case: names have none there. */
const INHERITED_ON_WINDOWS: ReadonlySet<string> = new Set([
  ...INHERITED,
  'APPDATA',
  'COMSPEC',
  'HOMEDRIVE',
  'HOMEPATH',
  'LOCALAPPDATA',
  'PATHEXT',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'SYSTEMDRIVE',
  'SYSTEMROOT',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'WINDIR',
])

/** Where the parts of a child's environment come from. */
export interface EnvironmentSources {
  /** What the inherited variables are picked from. */
  readonly parent: Readonly<Record<string, string | undefined>>
  readonly configured: Readonly<Record<string, string>>
  readonly windows: boolean
}

/** Puts a child's environment together. */
export function childEnvironment(sources: EnvironmentSources): Record<string, string> {
  const { parent, configured, windows } = sources
  const canonical = (name: string) => (windows ? name.toUpperCase() : name)
  const allowed = windows ? INHERITED_ON_WINDOWS : INHERITED
  const taken = new Set(Object.keys(configured).map(canonical))
  const inherited = Object.entries(parent).filter(([name]) => {
    const key = canonical(name)
    return (allowed.has(key) || LOCALE.test(key)) && !taken.has(key)
  })
  return Object.fromEntries(
    [...inherited, ...Object.entries(configured)].flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  )
}
