import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Secret } from './secret.ts'

const marked = 'canary-5f2c'
const secret = new Secret(marked)

describe('A secret', () => {
  it.each([
    ['a template', () => `${secret}`],
    ['JSON', () => JSON.stringify({ secret })],
    ['inspect', () => inspect({ secret }, { depth: 9, showHidden: true })],
    ['a property list', () => JSON.stringify(Object.entries(secret))],
    ['hidden properties', () => Reflect.ownKeys(secret).map(String).join()],
    ['a structured clone', () => inspect(structuredClone(secret), { showHidden: true })],
    ['an error', () => String(new Error(`about ${secret}`).stack)],
  ])('does not show in %s', (_, show) => {
    expect(show()).not.toContain(marked)
  })

  it('is there for whoever asks', () => {
    expect(secret.reveal('testing')).toBe(marked)
  })
})
