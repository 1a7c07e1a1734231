import type { Secret } from './secret.ts'

/** What a keyed hash is for. Hashes of one purpose are never those of another. */
export type Purpose =
  | 'authorization_code'
  | 'refresh_token'
  | 'client_secret'
  | 'session'
  | 'interaction'
  | 'csrf'
  | 'device'
  | 'consent'
  | 'throttle'
  | 'registration_token'
  | 'password'

/** Where a sealed value is kept; it opens nowhere else. */
export interface Place {
  readonly table: string
  readonly column: string
  readonly row: string
}

/** Keyed hashes for what is only compared, sealing for what must be read again. */
export interface Vault {
  hash(purpose: Purpose, ...parts: readonly string[]): string
  matches(purpose: Purpose, expected: string, ...parts: readonly string[]): boolean
  seal(plaintext: string, place: Place): string
  open(sealed: string, place: Place): string
}

export function createVault(_kek: Secret<Uint8Array>): Vault {
  throw new Error('createVault')
}
