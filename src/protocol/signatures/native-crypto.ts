/**
 * Node's own cryptography, where the platform has it.
 *
 * It verifies without waiting: the way over promises and the thread pool costs 16 to 50 µs of
 * processor time more, which is several times an HMAC. Asked for instead of imported, because a guard
 * must load where there is no Node as well.
 *
 * @module
 */

/** The module `node:crypto`. */
export type NativeCrypto = typeof import('node:crypto')

/** The module; nothing on platforms without it, or with half of it. */
export function findNativeCrypto(): NativeCrypto | undefined {
  const found = globalThis.process?.getBuiltinModule?.('node:crypto')
  // The youngest of the functions that are used.
  return typeof found?.hash === 'function' ? found : undefined
}
