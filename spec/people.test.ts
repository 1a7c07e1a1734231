import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountsSettings, csrfMatches, csrfToken } from 'warder/accounts'
import { type AuthorizationCode, type Consent, type Family, insert } from 'warder/store'
import { Secret } from 'warder/vault'
import { parseSettings } from '../src/settings.ts'
import { ALICE, cheapSettings, PASSWORD, people } from './fixtures/people.ts'

const invalid = (sentence: string) => ({
  code: 'invalid_request',
  message: expect.stringContaining(sentence),
})

describe('NIST SP 800-63B-4 §3.1.1 Passwords', () => {
  const add = async (password: string, email = 'bob@example.com') => {
    const settings = cheapSettings({ passwords: { contextWords: ['Acme Rockets'] } })
    return (await people(settings)).accounts.add({ email, password: new Secret(password) })
  }

  it('§3.1.1.2 MUST be 15 characters or more where it is all there is', async () => {
    await expect(add('fourteen chars')).rejects.toMatchObject(invalid('at least 15 characters'))
    await expect(add('fifteen charact')).resolves.toBeDefined()
  })

  it('§3.1.1.2 counts characters, not bytes or code units', async () => {
    await expect(add('🜁🜂🜃🜄🜅🜆🜇')).rejects.toMatchObject(invalid('at least 15'))
    await expect(add('🜁🜂🜃🜄🜅🜆🜇🜈🜉🜊🜋🜌🜍🜎🜏')).resolves.toBeDefined()
  })

  it('§3.1.1.2 MAY be shorter where a setting says so, but MUST NOT be shorter than 8', async () => {
    const { accounts } = await people(cheapSettings({ passwords: { minLength: 8 } }))
    const password = new Secret('vest plum')
    await expect(accounts.add({ email: 'bob@example.com', password })).resolves.toBeDefined()
    const shorter = () => parseSettings(accountsSettings, { passwords: { minLength: 7 } })
    expect(shorter).toThrow(
      expect.objectContaining({ code: 'config_error', path: 'passwords.minLength' }),
    )
  })

  it.each([
    ['only letters', 'plumthunderladdervest'],
    ['spaces', 'plum   thunder   ladder'],
    ['any script', 'слива гром лестница'],
    ['1024 characters', 'plum thunder ladder vest'.repeat(43).slice(0, 1024)],
  ])('§3.1.1.2 MUST NOT ask for a composition: %s will do', async (_, password) => {
    await expect(add(password)).resolves.toBeDefined()
  })

  it.each([
    ['a common one, repeated', 'passwordpassword'],
    ['a common one, decorated', 'P@ssw0rd12345678!!'],
    ['a common one, with a little around it', 'Password!?#wzk7'],
    ['a run of the keyboard', 'qwertyuiopasdfghjkl'],
    ['one character', 'aaaaaaaaaaaaaaaaaaaa'],
    ['few characters', 'abababababababababab'],
    ['the address', 'bob@example.com2026'],
    ['the name, repeated', 'bobbobbobbobbobbob1'],
    ['the name of the service', 'acme rockets 12345!'],
    ['the name of this product', 'WarderWarderWarder1'],
  ])('§3.1.1.2 MUST be held against what is expected: %s is refused', async (_, password) => {
    await expect(add(password)).rejects.toMatchObject(invalid('unrelated words'))
  })

  it('§3.1.1.2 MUST be kept salted, by a slow hash, under a key that is not in the store', async () => {
    const first = await people()
    const second = await people(cheapSettings(), 2)
    const bob = { email: 'bob@example.com', password: new Secret(PASSWORD) }
    const { passwordHash } = await first.accounts.add(bob)
    expect(passwordHash).toMatch(/^\$argon2id\$v=19\$/)
    expect(passwordHash).not.toBe(first.alice.passwordHash)
    // The same row under another key: the right password is not right.
    await second.accounts.remove(second.alice.id)
    await second.store.write([insert('users', first.alice)])
    expect(await second.signIn()).toMatchObject({ ok: false })
  })

  it('§3.1.1.2 SHOULD be hashed anew when the cost is raised, at the next sign-in', async () => {
    const at = await people()
    const dearer = cheapSettings()
    Object.assign(dearer.passwords, { passes: 2 })
    const { createAccounts } = await import('warder/accounts')
    const accounts = createAccounts({ ...at, settings: dearer, onEvent: () => undefined })
    const attempt = { method: 'password', username: ALICE, source: '192.0.2.1' } as const
    const password = new Secret(PASSWORD)
    expect(await accounts.signIn({ ...attempt, password }, at.event)).toMatchObject({ ok: true })
    const rehashed = await accounts.find(at.alice.id)
    expect(rehashed?.passwordHash).toContain('m=8,t=2,p=1')
    expect(rehashed?.epoch).toBe(at.alice.epoch)
    expect(await accounts.signIn({ ...attempt, password }, at.event)).toMatchObject({ ok: true })
    expect(await accounts.find(at.alice.id)).toEqual(rehashed)
  })

  it('costs no less than OWASP asks for, whatever the settings say', () => {
    expect(accountsSettings.parse({}).passwords).toMatchObject({ memoryKiB: 19_456, passes: 2 })
    expect(accountsSettings.safeParse({ passwords: { memoryKiB: 19_455 } }).success).toBe(false)
    expect(accountsSettings.safeParse({ passwords: { passes: 1 } }).success).toBe(false)
  })
})

describe('Accounts', () => {
  it.each([
    'no address',
    'two@at@example.com',
    '@example.com',
    'bob@',
    'bob smith@example.com',
    'bob\0@example.com',
    'bob\u202e@example.com',
    'bob\u200b@example.com',
    `${'b'.repeat(243)}@example.com`,
    '',
  ])('take no address such as %j', async (email) => {
    const { accounts } = await people()
    const attempt = accounts.add({ email, password: new Secret(PASSWORD) })
    await expect(attempt).rejects.toMatchObject(invalid('e-mail address'))
  })

  it('have one spelling a name', async () => {
    const { accounts, alice } = await people()
    expect(alice.email).toBe(ALICE)
    expect(await accounts.findByEmail(' ＡLICE@Example.com')).toEqual(alice)
    const again = accounts.add({ email: 'Alice@example.com', password: new Secret(PASSWORD) })
    await expect(again).rejects.toMatchObject(invalid('already'))
  })

  it('carry roles of one word each', async () => {
    const { accounts } = await people()
    const password = new Secret(PASSWORD)
    const bob = { email: 'bob@example.com', password, roles: ['editor', 'ops:read', 'editor'] }
    expect((await accounts.add(bob)).roles).toEqual(['editor', 'ops:read'])
    for (const role of ['two words', '', 'a"b', 'crlf\r\n', 'é', 'x'.repeat(65)]) {
      const attempt = accounts.add({ email: 'eve@example.com', password, roles: [role] })
      await expect(attempt, role).rejects.toMatchObject(invalid('role'))
    }
  })

  it('are listed page by page', async () => {
    const { accounts, alice } = await people()
    const bob = await accounts.add({ email: 'bob@example.com', password: new Secret(PASSWORD) })
    const [first] = await accounts.list({ limit: 1 })
    const rest = await accounts.list({ limit: 9, after: first?.id ?? '' })
    expect([first?.id, ...rest.map(({ id }) => id)]).toEqual([alice.id, bob.id].sort())
  })

  it('that do not exist cannot be changed', async () => {
    const { accounts } = await people()
    expect(await accounts.setDisabled('none', true)).toBeUndefined()
    expect(await accounts.setPassword('none', new Secret(PASSWORD))).toBeUndefined()
    expect(await accounts.remove('none')).toBe(false)
  })

  it('tell of every change, once, in the store and out loud', async () => {
    const { accounts, alice, events, store } = await people()
    await accounts.setDisabled(alice.id, true)
    await accounts.setDisabled(alice.id, true)
    await accounts.setDisabled(alice.id, false)
    await accounts.setPassword(alice.id, new Secret(PASSWORD))
    await accounts.remove(alice.id)
    const reasons = ['account disabled', 'account enabled', 'password changed', 'account removed']
    expect(events.map(({ reason }) => reason)).toEqual([undefined, ...reasons])
    const kept = await store.list('events', {}, { limit: 10 })
    expect(kept.map(({ id }) => id).sort()).toEqual(events.map(({ id }) => id).sort())
  })

  it('that were enabled while in use stay in use', async () => {
    const { accounts, alice, enter } = await people()
    const { sessionCookie } = await enter()
    await accounts.setDisabled(alice.id, false)
    expect(await accounts.session(sessionCookie)).toBeDefined()
  })
})

describe('What an account gave', () => {
  /** A user with more grants than one write ends, one of them ended before, and a code under way. */
  async function granted() {
    const at = await people()
    const { store, platform, alice } = at
    const now = platform.now()
    const later = now + 3_600_000
    const about = {
      clientId: 'web',
      userId: alice.id,
      scopes: ['files:read'],
      resource: 'https://mcp.test/mcp',
    }
    const family: Family = {
      ...about,
      id: 'family',
      generation: 1,
      authTime: now,
      correlationId: 'c',
      createdAt: now,
      rotatedAt: now,
      idleUntil: later,
      expiresAt: later,
      revokedAt: null,
      revokedBecause: null,
    }
    const code: AuthorizationCode = {
      ...about,
      id: 'code',
      familyId: 'not yet',
      redirectUri: 'https://web.test/cb',
      codeChallenge: 'x',
      nonce: null,
      authTime: now,
      correlationId: 'c',
      failures: 0,
      createdAt: now,
      expiresAt: later,
      usedAt: null,
    }
    const consent: Consent = { ...about, id: 'consent', redirectHost: 'app.test', grantedAt: now }
    const live = Array.from({ length: 450 }, (_, i) => `f${i}`)
    const changes = [
      ...live.map((id) => insert('families', { ...family, id })),
      insert('families', { ...family, id: 'ended', revokedAt: 1 }),
      insert('families', { ...family, id: 'of bob', userId: 'bob' }),
      insert('authorizationCodes', code),
      insert('consents', consent),
    ]
    expect(await store.write(changes)).toBe(true)
    return { ...at, live: live.sort() }
  }

  it.each(['setDisabled', 'setPassword', 'remove'] as const)('ends with %s', async (change) => {
    const { accounts, alice, store, platform, live } = await granted()
    const before = await store.find('families', { id: 'of bob' })
    if (change === 'setDisabled') await accounts.setDisabled(alice.id, true)
    if (change === 'setPassword') await accounts.setPassword(alice.id, new Secret(PASSWORD))
    if (change === 'remove') expect(await accounts.remove(alice.id)).toBe(true)

    expect(
      await store.list('families', { userId: alice.id, revokedAt: null }, { limit: 9 }),
    ).toEqual([])
    const ended = await store.list('families', { userId: alice.id }, { limit: 999 })
    const now = ended.filter(({ revokedAt }) => revokedAt === platform.now())
    expect(now.map(({ id }) => id)).toEqual(live)
    expect(await store.find('authorizationCodes', { id: 'code' })).toBeUndefined()
    expect(await store.find('families', { id: 'of bob' })).toEqual(before)
    const consent = await store.find('consents', { id: 'consent' })
    expect(consent === undefined).toBe(change === 'remove')
    expect((await accounts.find(alice.id)) === undefined).toBe(change === 'remove')
  })
})

describe('Sessions', () => {
  it('end an hour after the last use, and a day after sign-in', async () => {
    const { accounts, enter, platform } = await people()
    const { sessionCookie } = await enter()
    for (let minutes = 50; minutes < 24 * 60; minutes += 50) {
      platform.advance(50 * 60_000)
      expect(await accounts.session(sessionCookie), `${minutes} min`).toBeDefined()
    }
    platform.advance(40 * 60_000 - 1)
    expect(await accounts.session(sessionCookie)).toBeDefined()
    platform.advance(1)
    expect(await accounts.session(sessionCookie)).toBeUndefined()
  })

  it('write their use down once a minute at most', async () => {
    const { accounts, enter, platform, store } = await people()
    const { session, sessionCookie } = await enter()
    const seen = async () => (await store.find('sessions', { id: session.id }))?.lastSeenAt
    const begin = platform.now()
    platform.advance(59_999)
    await accounts.session(sessionCookie)
    expect(await seen()).toBe(begin)
    platform.advance(1)
    expect((await accounts.session(sessionCookie))?.session.lastSeenAt).toBe(begin + 60_000)
    expect(await seen()).toBe(begin + 60_000)
  })

  it('remember when the user proved who they are, however often they are used', async () => {
    const { accounts, enter, platform } = await people()
    const { session, sessionCookie } = await enter()
    platform.advance(600_000)
    expect((await accounts.session(sessionCookie))?.session.authTime).toBe(session.authTime)
  })

  it('are one a browser: signing out in one leaves the other', async () => {
    const { accounts, enter, event, events } = await people()
    const one = await enter()
    const other = await enter()
    await accounts.endSession(one.sessionCookie, event)
    await accounts.endSession(one.sessionCookie, event)
    expect(await accounts.session(one.sessionCookie)).toBeUndefined()
    expect(await accounts.session(other.sessionCookie)).toBeDefined()
    expect(events.filter(({ type }) => type === 'session.ended')).toHaveLength(1)
  })
})

describe('Tokens in forms', () => {
  it('look different at every rendering, and all of them hold', async () => {
    const { vault, platform } = await people()
    const tokens = Array.from({ length: 50 }, () => csrfToken(vault, platform, 'session', 'i1'))
    expect(new Set(tokens).size).toBe(50)
    expect(tokens.every((token) => csrfMatches(vault, token, 'session', 'i1'))).toBe(true)
  })

  it('FZ-14 hold for one session and one interaction', async () => {
    const { vault, platform } = await people()
    const token = csrfToken(vault, platform, 'session', 'i1')
    expect(csrfMatches(vault, token, 'other', 'i1')).toBe(false)
    expect(csrfMatches(vault, token, 'session', 'i2')).toBe(false)
    expect(csrfMatches(vault, token, 'sessioni', '1')).toBe(false)
  })

  it('FZ-14 do not survive any change', async () => {
    const { vault, platform } = await people()
    const token = csrfToken(vault, platform, 'session', 'i1')
    const letters = fc.constantFrom(...'AZaz09-_.=+/ \0')
    fc.assert(
      fc.property(fc.nat(token.length), letters, fc.boolean(), (at, letter, inserted) => {
        const mutant = token.slice(0, at) + letter + token.slice(inserted ? at : at + 1)
        expect(csrfMatches(vault, mutant, 'session', 'i1')).toBe(mutant === token)
      }),
    )
  })

  it('FZ-14 are no other token: a hash of another purpose is refused', async () => {
    const { vault } = await people()
    const mask = 'A'.repeat(22)
    const token = `${mask}.${vault.hash('session', 'session', 'i1', mask)}`
    expect(csrfMatches(vault, token, 'session', 'i1')).toBe(false)
  })
})
