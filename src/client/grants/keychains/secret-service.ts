/**
 * The keychain of Linux desktops (GNOME Keyring, KWallet, KeePassXC), by `secret-tool` of libsecret.
 *
 * @see {@link https://specifications.freedesktop.org/secret-service-spec/latest/ | Secret Service API}
 * @see {@link https://manpages.debian.org/secret-tool | secret-tool(1)}
 * @module
 */

import { findKey, writeKey } from './key-text.ts'
import type { Keychain } from './keychain.ts'
import type { RunProgram } from './run-program.ts'

/** The keychain that a session's bus leads to. */
export const secretService = (run: RunProgram): Keychain => ({
  name: 'the keychain of the desktop',
  async find(account) {
    const args = ['lookup', 'service', 'warder', 'account', account]
    const { exitCode, stdout, stderr } = await run({ path: 'secret-tool', args, input: '' })
    // It fails alike for what is not there and for what it cannot reach, but is silent only for the first.
    if (exitCode === 1 && stdout === '' && stderr.trim() === '') return 'absent'
    return (exitCode === 0 ? findKey(stdout) : undefined) ?? 'unreachable'
  },
  async keep(account, key) {
    const label = '--label=Key of the sign-ins that warder keeps'
    const args = ['store', label, 'service', 'warder', 'account', account]
    await run({ path: 'secret-tool', args, input: writeKey(key) })
  },
})
