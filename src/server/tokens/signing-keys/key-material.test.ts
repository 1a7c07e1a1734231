import { describe, expect, it } from 'vitest'
import { createVault, Secret } from '../../../vault/index.ts'
import { makeKey, publicPart } from './key-material.ts'

const vault = createVault(new Secret(new Uint8Array(32).fill(7)))

describe('Making keys', () => {
  it('gives ids that no command line takes for an option', async () => {
    const keys = Array.from({ length: 400 }, () => makeKey({ alg: 'EdDSA', rsaBits: 2048 }, vault))
    const ids = (await Promise.all(keys)).map(({ id }) => id)
    expect(ids.filter((id) => id.startsWith('-'))).toEqual([])
    expect(new Set(ids).size).toBe(400)
  })

  it('seals the private half to its own row', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(() => makeKey({ alg: 'ES256', rsaBits: 2048 }, vault)),
    )
    const place = { table: 'signingKeys', column: 'sealedPrivateJwk', row: one?.id ?? '' }
    expect(JSON.parse(vault.open(one?.sealedPrivateJwk ?? '', place))).toHaveProperty('d')
    expect(() => vault.open(two?.sealedPrivateJwk ?? '', place)).toThrow()
  })
})

describe('The public part of a key', () => {
  it('has named members only, and only texts', () => {
    const secrets = { d: 'x', p: 'x', q: 'x', dp: 'x', dq: 'x', qi: 'x', k: 'x', oth: [] }
    expect(publicPart({ kty: 'EC', ...secrets, x: 1, y: null, note: 'x' })).toEqual({ kty: 'EC' })
  })
})
