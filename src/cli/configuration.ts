/**
 * Where a command finds its settings: a file, then options.
 *
 * @module
 */

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import { ConfigError } from '../errors.ts'
import { isObject } from '../protocol/json-rpc.ts'
import type { Warder, WarderSurroundings } from '../warder.ts'

/** The configuration file that is used when none is named. */
const DEFAULT_FILE = 'warder.config.json'

/** What people's environments already say, and the setting that it stands for where nothing else does. */
const customary = [
  { name: 'DATABASE_URL', section: 'store' },
  { name: 'REDIS_URL', section: 'limits' },
] as const

/** Options that every command which touches the store has. */
export interface StoreOptions {
  readonly config?: string
  readonly data?: string
  readonly store?: string
  readonly issuer?: string
}

/** Adds the options that say which installation a command is about. */
export function withStoreOptions(command: Command): Command {
  return command
    .option('--config <file>', `settings, if not ${DEFAULT_FILE} here`)
    .option(
      '--data <dir>',
      'directory of the SQLite file and the development key (default .warder)',
    )
    .option(
      '--store <url>',
      'sqlite:PATH, postgres://… or memory: (default DATABASE_URL, or else a file in the data directory)',
    )
    .option('--issuer <url>', 'the public address of the server')
}

/** The settings of the file, with what the options say on top. */
export async function readConfiguration(options: StoreOptions): Promise<Record<string, unknown>> {
  const file = await readFile(options.config)
  const store =
    options.store === undefined ? {} : { store: { ...asObject(file.store), url: options.store } }
  return withCustomary({
    ...file,
    ...store,
    ...(options.data === undefined ? {} : { data: options.data }),
    ...(options.issuer === undefined ? {} : { issuer: options.issuer }),
  })
}

/** The settings, with references to what the environment says of what they leave open. */
function withCustomary(settings: Record<string, unknown>): Record<string, unknown> {
  const added = customary.flatMap(({ name, section }) => {
    const said = asObject(settings[section])
    if (said.url !== undefined || (process.env[name] ?? '') === '') return []
    return [[section, { ...said, url: { env: name } }] as const]
  })
  return { ...settings, ...Object.fromEntries(added) }
}

/** The settings that refer to the environment by a customary name, as `store` and `DATABASE_URL`. */
export function customaryReferences(
  settings: Readonly<Record<string, unknown>>,
): readonly (readonly [section: string, name: string])[] {
  return customary.flatMap(({ name, section }) =>
    asObject(asObject(settings[section]).url).env === name ? [[section, name] as const] : [],
  )
}

/** Opens an installation for a command, and closes it when the work is done. */
export async function withWarder<T>(
  options: StoreOptions,
  work: (warder: Warder) => Promise<T>,
): Promise<T> {
  const warder = await openWarder(await readConfiguration(options), { upkeep: false })
  try {
    return await work(warder)
  } finally {
    await warder.close()
  }
}

/** Puts Warder together with this process's environment. */
export async function openWarder(
  settings: Record<string, unknown>,
  surroundings: Partial<WarderSurroundings> = {},
): Promise<Warder> {
  // Loaded only when needed: `--help` and mistakes are answered at once.
  const { createWarder } = await import('../warder.ts')
  return createWarder(settings, { readEnv: (name) => process.env[name], ...surroundings })
}

async function readFile(named: string | undefined): Promise<Record<string, unknown>> {
  const path = resolve(named ?? DEFAULT_FILE)
  if (!existsSync(path)) {
    if (named === undefined) return {}
    throw new ConfigError('--config', `${named} does not exist.`)
  }
  if (/\.[cm]?[jt]s$/.test(path)) {
    const module: { default?: unknown } = await import(pathToFileURL(path).href)
    return asObject(module.default)
  }
  try {
    const { $schema: _, ...settings } = asObject(JSON.parse(readFileSync(path, 'utf8')))
    return settings
  } catch (cause) {
    throw new ConfigError(path, 'is not valid JSON.', 'Check commas and quotes.', { cause })
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? { ...value } : {}
}
