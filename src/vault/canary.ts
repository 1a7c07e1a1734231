import type { Vault } from './vault.ts'

/** Where the canary is kept: the row `canary` of the table `facts`. */
export interface CanaryKeeper {
  get(): Promise<string | undefined>
  /** Keeps the value unless there is one already; answers whether it did. */
  put(value: string): Promise<boolean>
}

export async function checkCanary(_vault: Vault, _keeper: CanaryKeeper): Promise<void> {
  throw new Error('checkCanary')
}
