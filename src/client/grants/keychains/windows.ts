/**
 * The Data Protection API of Windows, by PowerShell. It keeps nothing itself: it seals the key for the
 * account of its user, and the sealed key lies in a file.
 *
 * @see {@link https://learn.microsoft.com/dotnet/api/system.security.cryptography.protecteddata | ProtectedData}
 * @module
 */

import type { OwnDirectory } from '../own-directory.ts'
import { findKey, writeKey } from './key-text.ts'
import type { Keychain } from './keychain.ts'
import type { ReadEnv, RunProgram } from './run-program.ts'

/** What it needs besides a way to run programs. */
export interface WindowsKeychainOptions {
  readonly run: RunProgram
  readonly readEnv: ReadEnv
  /** Where the sealed key lies. */
  readonly directory: OwnDirectory
}

/** Turns base64 on stdin into base64 on stdout. */
const script = (verb: 'Protect' | 'Unprotect'): string =>
  [
    "$ErrorActionPreference = 'Stop'",
    'Add-Type -AssemblyName System.Security',
    '$in = [Convert]::FromBase64String([Console]::In.ReadToEnd().Trim())',
    `$out = [Security.Cryptography.ProtectedData]::${verb}($in, $null, 'CurrentUser')`,
    '[Console]::Out.Write([Convert]::ToBase64String($out))',
  ].join('; ')

/** The keys of a user of Windows. */
export function windowsKeychain(options: WindowsKeychainOptions): Keychain {
  const { run, readEnv, directory } = options
  const fileOf = (account: string) => `${account}.dpapi`
  const powershell = async (verb: 'Protect' | 'Unprotect', input: string) => {
    // By its whole path: Windows would look in the current directory first.
    const system = readEnv('SYSTEMROOT') ?? 'C:\\Windows'
    const path = `${system}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`
    const encoded = Buffer.from(script(verb), 'utf16le').toString('base64')
    const args = ['-NoProfile', '-NonInteractive', '-EncodedCommand', encoded]
    const { exitCode, stdout } = await run({ path, args, input })
    return exitCode === 0 ? stdout : undefined
  }
  return {
    name: 'the Data Protection API of Windows',
    async find(account) {
      const kept = await directory.read(fileOf(account))
      if (kept === undefined) return 'absent'
      const opened = await powershell('Unprotect', kept)
      const text = opened === undefined ? '' : Buffer.from(opened, 'base64').toString('latin1')
      return findKey(text) ?? 'unreachable'
    },
    async keep(account, key) {
      const text = Buffer.from(writeKey(key), 'latin1').toString('base64')
      const sealed = await powershell('Protect', text)
      if (sealed !== undefined) await directory.create(fileOf(account), `${sealed.trim()}\n`)
    },
  }
}
