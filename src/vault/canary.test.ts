import { describe, expect, it } from 'vitest'
import { checkCanary } from './canary.ts'
import { Secret } from './secret.ts'
import { createVault } from './vault.ts'

const vaultOf = (seed: number) =>
  createVault(new Secret(Uint8Array.from({ length: 32 }, (_, i) => i * 7 + seed)))

/** Keeps the canary as a store would: the first value stays. */
function keeper(kept?: string) {
  const puts: string[] = []
  return {
    puts,
    get: async () => kept,
    put: async (value: string) => {
      puts.push(value)
      if (kept !== undefined) return false
      kept = value
      return true
    },
  }
}

describe('The canary', () => {
  it('is kept at the first start and recognised at the next', async () => {
    const facts = keeper()
    await checkCanary(vaultOf(1), facts)
    await checkCanary(vaultOf(1), facts)
    expect(facts.puts).toHaveLength(1)
  })

  it('stops a start with a wrong key, and nothing is written', async () => {
    const facts = keeper()
    await checkCanary(vaultOf(1), facts)
    const refusal = {
      code: 'config_error',
      path: 'vault.kek',
      hint: expect.stringContaining('first'),
    }
    await expect(checkCanary(vaultOf(2), facts)).rejects.toMatchObject(refusal)
    expect(facts.puts).toHaveLength(1)
  })

  it('stops a start if it was changed', async () => {
    const facts = keeper('w1-not-a-canary')
    await expect(checkCanary(vaultOf(1), facts)).rejects.toMatchObject({ code: 'config_error' })
  })

  it('FT-42 yields to the key of a process that began at the same moment', async () => {
    const facts = keeper()
    const starts = [checkCanary(vaultOf(1), facts), checkCanary(vaultOf(2), facts)]
    const [first, second] = await Promise.allSettled(starts)
    expect(first).toMatchObject({ status: 'fulfilled' })
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'config_error' } })
  })
})
