import type { Platform } from '../platform.ts'
import type { Store } from '../store/store.ts'
import type { ThrottleSettings } from './settings.ts'

/** What a throttle answers an attempt. */
export type Admission =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly retryAfterSeconds: number }

/** Slows down whoever keeps failing. */
export interface Throttle {
  /** Counts an attempt before it is made, and says whether it may be. */
  admit(key: string): Promise<Admission>
  /** Forgets the failures of a key, because an attempt succeeded. */
  succeed(key: string): Promise<void>
}

/** What a throttle works with. */
export interface ThrottleContext {
  readonly store: Store
  readonly vault: { hash(purpose: 'throttle', ...parts: readonly string[]): string }
  readonly platform: Pick<Platform, 'now'>
  readonly settings: ThrottleSettings
}

export function createThrottle(_context: ThrottleContext): Throttle {
  throw new Error('createThrottle')
}
