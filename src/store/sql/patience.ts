/**
 * Waiting for another writer without holding up this process.
 *
 * SQLite could wait by itself, but its wait stops the thread, and with it the very transaction
 * that it may be waiting for.
 *
 * @module
 */

/**
 * Milliseconds between attempts: short at first, because a transaction takes less than one, and never
 * long, because the lock goes to whoever asks at the right moment and not to who has waited most.
 */
const pauses = [1, 1, 2, 2]
const LONGEST_PAUSE = 5

/**
 * Attempts something again while it fails because it is busy.
 *
 * @param patience - Milliseconds to wait in all.
 * @throws whatever the last attempt threw.
 */
export async function patiently<T>(
  attempt: () => Promise<T>,
  { patience, isBusy }: { readonly patience: number; isBusy(error: unknown): boolean },
): Promise<T> {
  let waited = 0
  for (let round = 0; ; round++) {
    try {
      return await attempt()
    } catch (error) {
      if (waited >= patience || !isBusy(error)) throw error
    }
    const pause = Math.min(pauses[round] ?? LONGEST_PAUSE, patience - waited)
    await new Promise((resolve) => setTimeout(resolve, pause))
    waited += pause
  }
}
