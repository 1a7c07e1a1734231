import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Purpose } from './keyed-hash.ts'
import { Secret } from './secret.ts'
import { createVault } from './vault.ts'

const keyOf = (seed: number) => new Secret(Uint8Array.from({ length: 32 }, (_, i) => i * 7 + seed))
const vault = createVault(keyOf(1))
const purposes: readonly Purpose[] = [
  'authorization_code',
  'refresh_token',
  'device_code',
  'user_code',
  'client_secret',
  'session',
  'interaction',
  'csrf',
  'device',
  'consent',
  'throttle',
  'password',
  'request_state',
  'canary',
  'audit',
]

describe('Keyed hashes', () => {
  it('are the same for the same parts, and 256 bits', () => {
    expect(vault.hash('session', 'a', 'b')).toBe(createVault(keyOf(1)).hash('session', 'a', 'b'))
    expect(vault.hash('session', 'a')).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it('differ under another key', () => {
    expect(createVault(keyOf(2)).hash('session', 'a')).not.toBe(vault.hash('session', 'a'))
  })

  it('FZ-14 of one purpose are never those of another', () => {
    const hashes = purposes.map((purpose) => vault.hash(purpose, 'a'))
    expect(new Set(hashes).size).toBe(purposes.length)
    const other = purposes.filter((purpose) => purpose !== 'csrf')
    const csrf = vault.hash('csrf', 'a')
    expect(other.filter((purpose) => vault.matches(purpose, csrf, 'a'))).toEqual([])
  })

  it('FZ-14 keep lists of parts apart, however they are cut', () => {
    const parts = fc.array(fc.string({ unit: 'grapheme', maxLength: 4 }), { maxLength: 4 })
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b)
        expect(vault.hash('csrf', ...a) === vault.hash('csrf', ...b)).toBe(same)
      }),
    )
    expect(vault.hash('csrf', 'ab', 'c')).not.toBe(vault.hash('csrf', 'a', 'bc'))
    expect(vault.hash('csrf', 'a', '')).not.toBe(vault.hash('csrf', 'a'))
  })

  it('FZ-14 match only unchanged', () => {
    const hash = vault.hash('csrf', 'a')
    expect(vault.matches('csrf', hash, 'a')).toBe(true)
    fc.assert(
      fc.property(fc.nat(42), fc.constantFrom(...'ABYZabyz0189-_=. '), (at, letter) => {
        const mutant = hash.slice(0, at) + letter + hash.slice(at + 1)
        expect(vault.matches('csrf', mutant, 'a')).toBe(mutant === hash)
      }),
    )
    expect(vault.matches('csrf', `${hash}=`, 'a')).toBe(false)
    expect(vault.matches('csrf', hash.slice(0, -1), 'a')).toBe(false)
  })

  it('SD-14 never match nothing', () => {
    expect(vault.matches('session', '', '')).toBe(false)
    expect(vault.matches('session', '')).toBe(false)
  })
})
