/**
 * The canary: a sealed word that shows, before anything is written, whether the key is the right
 * one. Starting with a wrong key would mint signing keys that the right key cannot read.
 *
 * @module
 */

import { ConfigError, WarderError } from '../errors.ts'
import type { Vault } from './vault.ts'

/** Where the canary is kept: the row `canary` of the table `facts`. */
export interface CanaryKeeper {
  get(): Promise<string | undefined>
  /** Keeps the value unless there is one already; answers whether it did. */
  put(value: string): Promise<boolean>
}

const WORD = 'warder-canary'
const PLACE = { table: 'facts', column: 'value', row: 'canary' }

/**
 * Checks that the vault has the key that this installation began with; a new one begins here.
 *
 * @throws {ConfigError} if the key is another one. Nothing is written then.
 */
export async function checkCanary(vault: Vault, keeper: CanaryKeeper): Promise<void> {
  const known = await keeper.get()
  if (known !== undefined) return verify(vault, known)
  if (await keeper.put(vault.seal(WORD, PLACE))) return
  // Another process began the installation at the same moment; its key counts.
  const theirs = await keeper.get()
  if (theirs === undefined) throw new WarderError('vault_error', 'The canary could not be kept.')
  verify(vault, theirs)
}

function verify(vault: Vault, canary: string): void {
  try {
    if (vault.open(canary, PLACE) === WORD) return
  } catch (cause) {
    refuse(cause)
  }
  refuse()
}

function refuse(cause?: unknown): never {
  throw new ConfigError(
    'vault.kek',
    'is not the key that this data was sealed with.',
    'Bring back the key of the first start, or begin anew with an empty store.',
    { cause },
  )
}
