/**
 * The keychains by operating system. One more is one file and one line here.
 *
 * They are reached by the programs that the systems bring, so that nobody installs native code for one
 * key.
 *
 * @module
 */

import { type Platform, systemPlatform } from '../../../platform.ts'
import { OwnDirectory } from '../own-directory.ts'
import type { Keychain } from './keychain.ts'
import { macosKeychain } from './macos.ts'
import { type ReadEnv, type RunProgram, systemPrograms } from './run-program.ts'
import { secretService } from './secret-service.ts'
import { windowsKeychain } from './windows.ts'

/** What finding the keychain of a system takes. */
export interface KeychainSurroundings {
  /** The operating system, as `process.platform` has it. */
  readonly os: string
  readEnv(name: string): string | undefined
  /** The directory whose key it is. */
  readonly directory: string
  readonly run?: RunProgram
  readonly platform?: Pick<Platform, 'random'>
}

interface Surroundings {
  readonly readEnv: ReadEnv
  readonly directory: OwnDirectory
  readonly run: RunProgram
}

/** Without a session's bus there is no keychain, and asking for one would try to start a desktop. */
const onDesktop = ({ run, readEnv }: Surroundings): Keychain | undefined =>
  readEnv('DBUS_SESSION_BUS_ADDRESS') === undefined ? undefined : secretService(run)

const keychains: Readonly<Record<string, (around: Surroundings) => Keychain | undefined>> = {
  darwin: ({ run }) => macosKeychain(run),
  win32: windowsKeychain,
  linux: onDesktop,
  freebsd: onDesktop,
}

/**
 * The keychain of this system; nothing if it has none that could answer.
 *
 * @throws {ConfigError} if the directory is no absolute path.
 */
export function systemKeychain(around: KeychainSurroundings): Keychain | undefined {
  const { os, platform = systemPlatform } = around
  const directory = new OwnDirectory(around.directory, platform)
  const readEnv = (name: string) => around.readEnv(name)
  const run = around.run ?? systemPrograms(readEnv)
  return keychains[os]?.({ readEnv, directory, run })
}
