import type { Secret } from './secret.ts'

/** Where to look for the key-encryption key; the first that is given is used. */
export interface KekSource {
  /** The name of an environment variable. */
  readonly env?: string
  /** The path of a file that exists. */
  readonly file?: string
  /** A directory in which a file named `kek` is kept, and made if it is missing. */
  readonly dataDir?: string
}

/** The key-encryption key, and what the operator should know about it. */
export interface LoadedKek {
  readonly kek: Secret<Uint8Array>
  /** Whether it did not exist before. */
  readonly created: boolean
  readonly warning?: string
}

export async function loadKek(
  _source: KekSource,
  _readEnv: (name: string) => string | undefined,
): Promise<LoadedKek> {
  throw new Error('loadKek')
}
