/** Rules: what an operation asks of its caller, and what the others are told. */

import { describe, expect, it, vi } from 'vitest'
import {
  all,
  anyScope,
  type GuardOptions,
  type GuardRule,
  type Identity,
  OAuthError,
  permission,
  type Rule,
  roles,
  scopes,
} from 'warder/guard'
import { lastReason, RESOURCE, requestWith } from './fixtures/issuer.ts'
import { stubGuard } from './fixtures/stub-kind.ts'

const METADATA = 'https://mcp.test/.well-known/oauth-protected-resource/mcp'

/** What somebody is answered who is asked a rule. */
async function asked(
  rule: GuardRule,
  identity: Partial<Identity> = {},
  options: Partial<Omit<GuardOptions, 'issuer'>> = {},
) {
  const { guard, events } = stubGuard(identity, options)
  const outcome = await guard.check(requestWith('Bearer x'), rule)
  if (!(outcome instanceof Response)) return { status: 200, events, challenge: null, body: '' }
  const challenge = outcome.headers.get('www-authenticate')
  return { status: outcome.status, events, challenge, body: await outcome.text() }
}

/** A rule as a caller may write it that no compiler checks. */
const untyped = (rule: unknown) => rule as GuardRule

describe('Rules', () => {
  it('scopes: all of them, or a 403 that names all', async () => {
    const rule = scopes('notes:read', 'notes:write')
    expect((await asked(rule, { scopes: ['notes:write', 'notes:read'] })).status).toBe(200)
    const { status, challenge } = await asked(rule)
    expect(status).toBe(403)
    expect(challenge).toBe(
      'Bearer error="insufficient_scope", ' +
        'error_description="This needs the scope: notes:read notes:write.", ' +
        `resource_metadata="${METADATA}", scope="notes:read notes:write"`,
    )
  })

  it('scopes: the short form and the rule are refused in the same words', async () => {
    const short = await asked({ scopes: ['notes:write'] })
    const long = await asked(scopes('notes:write'))
    expect(short.challenge).toBe(long.challenge)
    expect(short.challenge).toContain('scope="notes:write"')
  })

  it('scopes: a scope that includes others is enough for them', async () => {
    const hierarchy = { 'notes:admin': ['notes:write'], 'notes:write': ['notes:read'] }
    const options = { scopes: { hierarchy } }
    const rule = scopes('notes:read', 'notes:write')
    expect((await asked(rule, { scopes: ['notes:admin'] }, options)).status).toBe(200)
    expect((await asked(rule, { scopes: ['notes:read'] }, options)).status).toBe(403)
  })

  it('anyScope: one is enough, and the first is what a client is told to ask for', async () => {
    const rule = anyScope('notes:write', 'notes:admin')
    expect((await asked(rule, { scopes: ['notes:admin'] })).status).toBe(200)
    const { status, challenge } = await asked(rule)
    expect(status).toBe(403)
    expect(challenge).toContain('scope="notes:write"')
    expect(challenge).not.toContain('notes:admin')
  })

  it('roles: one is enough', async () => {
    const rule = roles('editor', 'Site Admin')
    expect((await asked(rule, { roles: ['Site Admin'] })).status).toBe(200)
    expect((await asked(rule, { roles: ['editor', 'x'] })).status).toBe(200)
    expect((await asked(rule, { roles: ['Editor', 'editors', ''] })).status).toBe(403)
  })

  it('roles: what no scope would mend is a 403 that sends nobody to step up', async () => {
    for (const rule of [roles('editor'), permission('tool:x'), () => false]) {
      const { status, challenge, body } = await asked(rule)
      expect(status).toBe(403)
      expect(challenge).toBe(`Bearer resource_metadata="${METADATA}"`)
      expect(JSON.parse(body)).toMatchObject({ error: 'access_denied' })
    }
  })

  it('permission: roles give permissions, by name or by what they begin with', async () => {
    const permissions = {
      editor: ['tool:*', 'note:read'],
      admin: ['*'],
      reader: ['note:read'],
      __proto__x: ['tool:x'],
    }
    const may = async (name: string, ...held: string[]) =>
      (await asked(permission(name), { roles: held }, { permissions })).status === 200
    expect(await may('tool:delete_note', 'editor')).toBe(true)
    expect(await may('note:read', 'editor')).toBe(true)
    expect(await may('note:read', 'reader')).toBe(true)
    expect(await may('anything', 'admin')).toBe(true)
    expect(await may('tool:x', 'reader', 'editor')).toBe(true)
    expect(await may('note:readers', 'reader')).toBe(false)
    expect(await may('note:rea', 'reader')).toBe(false)
    expect(await may('tools:x', 'editor')).toBe(false)
    expect(await may('TOOL:x', 'editor')).toBe(false)
    expect(await may('tool:x', 'reader')).toBe(false)
    expect(await may('tool:x')).toBe(false)
    for (const stranger of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(await may('tool:x', stranger), stranger).toBe(false)
    }
  })

  it('permission: a principal can be asked', async () => {
    const { guard } = stubGuard({ roles: ['editor'] }, { permissions: { editor: ['tool:*'] } })
    const outcome = await guard.check(requestWith('Bearer x'))
    if (outcome instanceof Response) throw new Error('refused')
    expect(outcome.permissions.has('tool:delete_note')).toBe(true)
    expect(outcome.permissions.has('note:delete')).toBe(false)
  })

  it('permissions that are none make no guard', () => {
    for (const given of [['a*b'], ['*:read'], ['**'], [''], ['a b'], 'tool:*', [1], null]) {
      const options = JSON.parse(JSON.stringify({ permissions: { editor: given } }))
      expect(() => stubGuard({}, options), JSON.stringify(given)).toThrow('permissions.editor: ')
    }
  })

  it('all: every rule is asked in order, until one says no', async () => {
    const third = vi.fn<Rule>(() => true)
    const rule = all(scopes('notes:read'), roles('editor'), third)
    expect((await asked(rule)).status).toBe(403)
    expect(third).not.toHaveBeenCalled()
    expect((await asked(rule, { roles: ['editor'] })).status).toBe(200)
    expect(third).toHaveBeenCalledOnce()
  })

  it('all: the scopes of every rule are named, so that one step up is enough', async () => {
    const rule = all(
      scopes('notes:read'),
      anyScope('files:read', 'files:write'),
      roles('editor'),
      all(scopes('notes:write', 'notes:read')),
    )
    const needed = async (...held: string[]) => {
      const { challenge } = await asked(rule, { scopes: held, roles: ['editor'] })
      return /scope="([^"]*)"/.exec(challenge ?? '')?.[1]
    }
    expect(await needed()).toBe('notes:read files:read notes:write')
    expect(await needed('notes:read', 'files:write')).toBe('notes:read files:write notes:write')
    expect(await needed('notes:read', 'files:write', 'notes:write')).toBeUndefined()
  })

  it('a function of one’s own is told who calls, with which request, when and from where', async () => {
    const rule = vi.fn<Rule>(async () => true)
    const { guard, platform } = stubGuard()
    const request = requestWith('Bearer x')
    const connection = { remoteAddress: '192.0.2.1' }
    const principal = await guard.check(request, rule, connection)
    expect(principal).toMatchObject({ subject: 'alice' })
    const now = platform.now()
    expect(rule).toHaveBeenCalledExactlyOnceWith(principal, request, { now, connection })
    if (principal instanceof Response) throw new Error('refused')
    await guard.authorize(principal, rule)
    expect(rule).toHaveBeenLastCalledWith(principal, request, { now, connection })
  })

  it('a function of one’s own may answer with an error, which is the refusal', async () => {
    const rule: Rule = () => new OAuthError('access_denied', 'Not on Sundays.', { status: 403 })
    const { status, body } = await asked(rule)
    expect([status, JSON.parse(body).error_description]).toEqual([403, 'Not on Sundays.'])
  })

  it.each([
    ...[{ status: 200 }, { status: 204 }, { status: 302 }, { status: 600 }, { status: Number.NaN }],
    ...[{ headers: { 'x-name': 'a\nb' } }, { headers: { 'x name': 'a' } }],
  ])(
    'an error that is no refusal, or cannot be sent, is a fault of the rule: %j',
    async (context) => {
      const { status, events } = await asked(() => new OAuthError('access_denied', 'No.', context))
      expect(status).toBe(500)
      expect(lastReason(events)).toBe('a rule answered an error that cannot be sent')
    },
  )

  it.each([
    ...[undefined, null, 1, 'true', 'yes', {}, [], new Boolean(true), new Error('no')],
    ...[Promise.resolve('true'), Promise.resolve(undefined), new Response()],
  ])('nothing but true lets in: a rule that answers %j is a 500', async (answer) => {
    for (const rule of [untyped(() => answer), all(untyped(() => answer) as Rule)]) {
      const { status, events, body } = await asked(rule)
      expect(status).toBe(500)
      expect(events).toMatchObject([{ type: 'request.failed', error: 'server_error' }])
      expect(lastReason(events)).toMatch(/^a rule answered /)
      expect(body).not.toContain('a rule')
    }
  })

  it('a rule that throws lets nobody in, whatever it throws, and the operator learns why', async () => {
    const thrown = [
      new Error('the database is away'),
      new OAuthError('invalid_grant', 'of another conversation'),
      'text',
      undefined,
    ]
    for (const cause of thrown) {
      const throwing: Rule = () => {
        throw cause
      }
      const rejecting: Rule = () => Promise.reject(cause)
      for (const rule of [throwing, all(throwing), rejecting]) {
        const { status, events, body, challenge } = await asked(rule)
        expect([status, challenge]).toEqual([500, null])
        expect(events).toMatchObject([{ type: 'request.failed', subject: 'alice' }])
        expect(lastReason(events)).toContain('a rule failed: ')
        expect(body).not.toContain('database')
      }
    }
  })

  it.each([
    ...['notes:read', 1, true, null, [], ['notes:read'], {}],
    ...[{ scope: ['notes:write'] }, { scopes: 'notes:read' }, { roles: ['admin'] }],
  ])('what is no rule lets nobody in: %j', async (rule) => {
    const { status, events } = await asked(untyped(rule))
    expect(status).toBe(500)
    expect(lastReason(events)).toBe('a rule is neither a function nor { scopes: […] }')
  })

  it.each(['é', 'a\nb', '', 'a b', undefined, {}])(
    'a rule that is made of what callers send, and asks for no scope, lets nobody in: %j',
    async (name) => {
      const { status, events } = await asked(untyped({ scopes: ['notes:read', name] }))
      expect(status).toBe(500)
      expect(lastReason(events)).toBe('a rule asks for what is no name of a scope')
    },
  )

  it('a rule of nothing, which everybody would meet, cannot be made', () => {
    const make = (factory: (...args: never[]) => Rule, ...args: unknown[]) =>
      Reflect.apply(factory, undefined, args)
    for (const factory of [scopes, roles, anyScope, all, permission]) {
      expect(() => make(factory), factory.name).toThrow(`${factory.name}: `)
      expect(() => make(factory, undefined), factory.name).toThrow(`${factory.name}: `)
      expect(() => make(factory, ['a']), factory.name).toThrow(`${factory.name}: `)
    }
    for (const name of ['', 'a b', 'a"b', 'a\nb', 'é']) {
      expect(() => scopes('ok', name), name).toThrow('scopes: ')
      expect(() => permission(name), name).toThrow('permission: ')
    }
    expect(() => roles('a\nb')).toThrow('roles: ')
    expect(() => permission('tool:*')).toThrow('permission: ')
  })

  it('every refusal is an event, with the rule that decided', async () => {
    const decided = async (rule: GuardRule, identity = {}) => {
      const { events } = await asked(rule, identity)
      expect(events).toHaveLength(1)
      expect(events[0]).toMatchObject({
        ...{ type: 'guard.refused', resource: RESOURCE, correlationId: 'correlation-1' },
        ...{ subject: 'alice', clientId: 'web' },
      })
      return events[0]
    }
    expect(await decided(scopes('a', 'notes:read'))).toMatchObject({
      ...{ rule: 'scope.needed/1', missing: 'a', error: 'insufficient_scope' },
    })
    expect(await decided(roles('a'), { roles: ['b', 'c'] })).toMatchObject({
      ...{ rule: 'role.needed/1', reason: 'has the roles: b, c', error: 'access_denied' },
    })
    expect(await decided(permission('a'))).toMatchObject({ rule: 'permission.needed/1' })
    expect(await decided(() => false)).toMatchObject({ rule: 'rule.own/1' })
  })

  it('a principal of another guard, or none, is not let in later either', async () => {
    const [one, other] = [stubGuard(), stubGuard()]
    const principal = await one.guard.check(requestWith('Bearer x'))
    if (principal instanceof Response) throw new Error('refused')
    expect(await one.guard.authorize(principal, () => true)).toBeUndefined()
    const forged = [principal, { ...principal }, Object.create(principal), null, undefined, {}]
    for (const stranger of forged) {
      const refused = await Reflect.apply(other.guard.authorize, other.guard, [
        stranger,
        () => true,
      ])
      expect(refused?.status).toBe(500)
      expect(lastReason(other.events)).toBe('not a principal of this guard')
      if (stranger === principal) continue
      const own = await Reflect.apply(one.guard.authorize, one.guard, [stranger, () => true])
      expect(own?.status).toBe(500)
    }
  })
})
