/**
 * The keychain of macOS, by `security`.
 *
 * By this program and not by the system's library, because the item then belongs to it: an item of
 * `node` asks its user anew whenever Node is updated. The key is written to its stdin, since anybody can
 * read the arguments of a program.
 *
 * @see {@link https://ss64.com/mac/security.html | security(1)}
 * @module
 */

import { findKey, writeKey } from './key-text.ts'
import type { Keychain } from './keychain.ts'
import type { RunProgram } from './run-program.ts'

const SECURITY = '/usr/bin/security'

/** `errSecItemNotFound`, as an exit code. */
const NOT_FOUND = 44

/** The login keychain of a user of macOS. */
export const macosKeychain = (run: RunProgram): Keychain => ({
  name: 'the keychain of macOS',
  async find(account) {
    const args = ['find-generic-password', '-s', 'warder', '-a', account, '-w']
    const { exitCode, stdout } = await run({ path: SECURITY, args, input: '' })
    if (exitCode === NOT_FOUND) return 'absent'
    return (exitCode === 0 ? findKey(stdout) : undefined) ?? 'unreachable'
  },
  async keep(account, key) {
    // Neither holds a character that would have to be quoted.
    const input = `add-generic-password -s warder -a ${account} -w ${writeKey(key)}\n`
    await run({ path: SECURITY, args: ['-i'], input })
  },
})
