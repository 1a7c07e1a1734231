import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mailboxOf, normalizeEmail } from './email.ts'

describe('An address', () => {
  it.each([
    ['Ada@Example.COM', 'ada@example.com'],
    ['\tada@example.com\n', 'ada@example.com'],
    ['ａｄａ＠example.com', 'ada@example.com'],
    ['ADAİ@example.com', 'adai̇@example.com'],
    ['jose\u0301@example.com', 'jos\u00e9@example.com'],
    ['ada@bücher.example', 'ada@bücher.example'],
    [`${'a'.repeat(242)}@example.com`, `${'a'.repeat(242)}@example.com`],
  ])('%j is %j', (typed, email) => {
    expect(normalizeEmail(typed)).toBe(email)
  })

  it.each([
    '',
    'a',
    '@',
    'a@',
    '@b',
    'a@b@c',
    'a b@c',
    'a\u00a0b@c',
    'a\u200d@b',
    'a\ufeff\u0000@b',
    '\ud800@b',
  ])('%j is none', (typed) => {
    expect(normalizeEmail(typed)).toBeUndefined()
  })

  it('that is huge is not even looked at', () => {
    expect(normalizeEmail(`${'ﷺ'.repeat(1_000_000)}@example.com`)).toBeUndefined()
  })

  it('has one spelling: folding it again changes nothing', () => {
    const part = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(part, part, (local, host) => {
        const email = normalizeEmail(`${local}@${host}`)
        if (email !== undefined) expect(normalizeEmail(email)).toBe(email)
      }),
      { numRuns: 500 },
    )
  })
})

describe('A mailbox', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['ada+tag@example.com', 'ada@example.com'],
    ['ada+tag+more@example.com', 'ada@example.com'],
    ['+tag@example.com', '+tag@example.com'],
    ['ada@exa+mple.com', 'ada@exa+mple.com'],
    ['+', '+'],
    ['', ''],
  ])('of %s is %s', (email, mailbox) => {
    expect(mailboxOf(email)).toBe(mailbox)
  })
})
