/**
 * Where a key-encryption key comes from: the environment, a file, a program, or the data directory.
 *
 * Services for keys are reached by their own programs, which know how to sign in there. None is
 * spoken to from here, so that nobody carries the libraries of those they do not use.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import { type Platform, systemPlatform } from '../platform.ts'
import { runKekCommand } from './kek-command.ts'
import { kekInDirectory, readKekFile } from './kek-file.ts'
import { HOW_TO_MAKE_ONE, type KekOrigin, parseKek } from './kek-text.ts'
import type { Secret } from './secret.ts'
import type { KekReference } from './settings.ts'

/** Where to look for a key-encryption key; one in the data directory is made if it is missing. */
export type KekSource = KekReference | { readonly dataDir: string }

/** What loading a key takes, and who hears of it. */
export interface KekSurroundings {
  readEnv(name: string): string | undefined
  readonly platform?: Platform
  /** The setting that names the source; `vault.kek` unless told. */
  readonly setting?: string
  /** Told whenever the key is revealed: where it came from, and what for. */
  onUse?(what: string, reason: string): void
  /** Told of what the operator should know. */
  onWarning?(warning: string): void
}

/** A key-encryption key. */
export interface LoadedKek {
  readonly kek: Secret<Uint8Array>
  /** Whether it did not exist before. */
  readonly created: boolean
}

/**
 * Finds a key-encryption key, or makes one in the data directory.
 *
 * @throws {ConfigError} if it is missing, malformed, or in a file that others can read.
 */
export async function loadKek(source: KekSource, around: KekSurroundings): Promise<LoadedKek> {
  const { setting = 'vault.kek', platform = systemPlatform } = around
  const from = (where: string): KekOrigin => ({ setting, where, onUse: around.onUse })
  if ('env' in source) return { kek: inEnvironment(source.env, around, from), created: false }
  if ('command' in source) {
    const [program] = source.command
    const printed = await runKekCommand(source, { ...around, setting })
    return { kek: parseKek(printed, from(`the program ${program}`)), created: false }
  }
  if ('file' in source) {
    const kek = await readKekFile(from(source.file), { links: 'followed' })
    if (kek === undefined) throw missing(from(source.file), 'does not exist.')
    return { kek, created: false }
  }
  const { dataDir } = source
  const { path, ...loaded } = await kekInDirectory(dataDir, from, platform)
  around.onWarning?.(
    `The key-encryption key ${path} lies beside the data it protects. Outside of development, move it away and set ${setting}.`,
  )
  return loaded
}

function inEnvironment(
  name: string,
  { readEnv }: KekSurroundings,
  from: (where: string) => KekOrigin,
): Secret<Uint8Array> {
  const origin = from(`the environment variable ${name}`)
  const value = readEnv(name)
  if (value === undefined || value.trim() === '') throw missing(origin, 'is not set.')
  return parseKek(value, origin)
}

const missing = ({ setting, where }: KekOrigin, problem: string): ConfigError =>
  new ConfigError(setting, `${where} ${problem}`, HOW_TO_MAKE_ONE)
