/**
 * Settings of the vault.
 *
 * @module
 */

import { z } from 'zod'
import { secretReference } from '../settings.ts'

/** A program that prints a secret. */
const kekCommand = z.strictObject({
  command: z
    .tuple([z.string().min(1)], z.string())
    .describe('The program and its arguments, run as they are: there is no shell.'),
  passEnv: z
    .array(z.string().min(1))
    .default([])
    .describe('Names of environment variables that the program needs besides PATH and HOME.'),
})

/** Where a key-encryption key is kept. */
export const kekReference = z.union([...secretReference.options, kekCommand])

/** Where a key-encryption key is kept. */
export type KekReference = z.output<typeof kekReference>

/** A program that prints a key-encryption key. */
export type KekCommand = z.output<typeof kekCommand>

/** Where the key-encryption keys are kept. */
export const vaultSettings = z.strictObject({
  kek: kekReference
    .optional()
    .describe(
      'The key-encryption key: 32 random bytes in base64, in an environment variable, in a file, or printed by a program ({ "command": ["aws", "kms", "decrypt", …] }). Without it, one is kept in the data directory, beside what it protects, which is for development.',
    ),
  previousKeks: z
    .array(kekReference)
    .max(8)
    .default([])
    .describe(
      'Key-encryption keys that some data keys may still be under, until `warder rekey` has put them under `vault.kek`.',
    ),
})

/** What the vault is told. */
export type VaultSettings = z.output<typeof vaultSettings>
