import { describe, expect, it } from 'vitest'
import { createGuard, type GuardRule, OAuthError } from 'warder/guard'
import { parseChallenges } from 'warder/protocol'
import { guarded, ISSUER, RESOURCE, requestWith } from './fixtures/issuer.ts'
import { stubGuard, stubKind } from './fixtures/stub-kind.ts'

const METADATA = 'https://mcp.test/.well-known/oauth-protected-resource/mcp'

describe('RFC 6750 Bearer token usage', () => {
  it('§2.1 the token is taken from the Authorization header', async () => {
    const { guard, issuer } = await guarded()
    const request = requestWith(`Bearer ${await issuer.token()}`)
    expect(await guard.check(request)).toMatchObject({ subject: 'alice' })
  })

  it('§2.1 the scheme is matched without case, and more than one space may follow', async () => {
    const { guard, issuer } = await guarded()
    for (const scheme of ['bearer ', 'BEARER ', 'bEaReR ', 'Bearer  ']) {
      const outcome = await guard.check(requestWith(scheme + (await issuer.token())))
      expect(outcome, scheme).toMatchObject({ subject: 'alice' })
    }
  })

  it('§2 MUST NOT use more than one method: a token in header and query is invalid_request', async () => {
    const { issuer, refusal } = await guarded()
    const token = await issuer.token()
    const request = requestWith(`Bearer ${token}`, `${RESOURCE}?access_token=${token}`)
    const { status, challenge } = await refusal(request)
    expect(status).toBe(400)
    expect(challenge).toContain('error="invalid_request"')
  })

  it('§2.2 a token in a form body is not taken, and the body is left unread', async () => {
    const { guard, issuer, refusal } = await guarded()
    const body = new URLSearchParams({ access_token: await issuer.token() })
    const request = new Request(RESOURCE, { method: 'POST', body })
    expect((await refusal(request)).status).toBe(401)
    expect(request.bodyUsed).toBe(false)
    const good = requestWith(`Bearer ${await issuer.token()}`)
    const posted = new Request(good, { method: 'POST', body: 'untouched' })
    await guard.check(posted)
    expect(await posted.text()).toBe('untouched')
  })

  it('§2.3 a token in the query is not taken', async () => {
    const { issuer, refusal } = await guarded()
    const url = `${RESOURCE}?access_token=${await issuer.token()}`
    const { status, challenge } = await refusal(requestWith(undefined, url))
    expect(status).toBe(401)
    expect(challenge).not.toContain('error')
  })

  it('§3 a 401 MUST carry WWW-Authenticate', async () => {
    const { refusal } = await guarded()
    const { challenge } = await refusal(requestWith())
    expect(challenge).toBe(`Bearer resource_metadata="${METADATA}", scope="notes:read"`)
  })

  it('§3.1 a request without authentication SHOULD NOT get an error code or anything about one', async () => {
    const { guard, refusal, events } = await guarded()
    for (const request of [requestWith(), requestWith(''), requestWith('Basic YTpi')]) {
      expect((await refusal(request)).challenge).not.toContain('error')
      const response = await guard.check(request)
      expect(response instanceof Response && (await response.text())).toBe('')
    }
    expect(events).toEqual([])
  })

  it('§3.1 invalid_request: a malformed request is answered 400', async () => {
    const { refusal } = await guarded()
    for (const header of ['Bearer', 'Bearer a b', 'Bearer a, Bearer b', 'Bearer\ta', 'B@d x']) {
      const { status, challenge } = await refusal(requestWith(header))
      expect(status, header).toBe(400)
      expect(challenge, header).toContain('error="invalid_request"')
    }
  })

  it('§3.1 invalid_token: a token that is no good is answered 401 with the whole challenge', async () => {
    const { refusal } = await guarded()
    const { status, challenge } = await refusal(requestWith('Bearer nonsense'))
    expect(status).toBe(401)
    expect(challenge).toBe(
      'Bearer error="invalid_token", ' +
        'error_description="The access token is not valid. Get a new one.", ' +
        `resource_metadata="${METADATA}", scope="notes:read"`,
    )
  })

  it('§3.1 invalid_token: the body says the same as the challenge', async () => {
    const { guard } = await guarded()
    const response = await guard.check(requestWith('Bearer nonsense'))
    expect(response instanceof Response && (await response.json())).toMatchObject({
      error: 'invalid_token',
      error_description: 'The access token is not valid. Get a new one.',
    })
  })

  it('§3.1 insufficient_scope: 403 with every scope that the operation needs', async () => {
    const { issuer, refusal } = await guarded()
    const request = requestWith(`Bearer ${await issuer.token({ scope: 'notes:read' })}`)
    const { status, challenge } = await refusal(request, { scopes: ['notes:read', 'notes:write'] })
    expect(status).toBe(403)
    expect(challenge).toBe(
      'Bearer error="insufficient_scope", ' +
        'error_description="This needs the scope: notes:read notes:write.", ' +
        `resource_metadata="${METADATA}", scope="notes:read notes:write"`,
    )
  })

  it('§3.1 insufficient_scope: an operation that is known later is refused in the same words', async () => {
    const { guard, issuer, principal, refusal } = await guarded()
    const token = await issuer.token()
    const rule = { scopes: ['notes:write'] }
    const late = await guard.authorize(await principal(token), rule)
    const early = await refusal(requestWith(`Bearer ${token}`), rule)
    expect(late?.status).toBe(403)
    expect(late?.headers.get('www-authenticate')).toBe(early.challenge)
  })

  it('§3.1 a scope that includes others is enough for them', async () => {
    const hierarchy = { 'notes:admin': ['notes:write'], 'notes:write': ['notes:read'] }
    const { guard, issuer, principal } = await guarded({ scopes: { hierarchy } })
    const caller = await principal(await issuer.token({ scope: 'notes:admin' }))
    expect(caller.scopes).toEqual(new Set(['notes:admin', 'notes:write', 'notes:read']))
    expect(await guard.authorize(caller, { scopes: ['notes:read', 'notes:write'] })).toBeUndefined()
  })

  it('§3 refusals are not kept by caches: the same request may be let in next', async () => {
    const { issuer, refusal } = await guarded()
    const good = requestWith(`Bearer ${await issuer.token()}`)
    const refusals = [
      await refusal(requestWith()),
      await refusal(requestWith('Bearer')),
      await refusal(requestWith('Bearer nonsense')),
      await refusal(good, { scopes: ['notes:write'] }),
    ]
    expect(refusals.map(({ status }) => status)).toEqual([401, 400, 401, 403])
    for (const { headers } of refusals) expect(headers.get('cache-control')).toBe('no-store')
  })

  it('§5.3 tokens are safeguarded: no event shows one', async () => {
    const { issuer, refusal, events } = await guarded()
    const token = await issuer.token({ exp: 1 })
    await refusal(requestWith(`Bearer ${token}`))
    expect(events).toMatchObject([{ type: 'guard.refused', error: 'invalid_token' }])
    for (const part of token.split('.')) expect(JSON.stringify(events)).not.toContain(part)
  })

  it('§3 scopes that a challenge could not carry make no guard', () => {
    for (const scope of ['', 'a b', 'a a', 'a"b', 'é', 'a\nb']) {
      const scopes = { baseline: ['ok', scope] }
      expect(() => createGuard({ issuer: ISSUER, resource: RESOURCE, scopes }), scope).toThrow(
        'scopes.baseline: ',
      )
    }
  })

  it('§3 where no authorization server issues tokens, the challenge names no metadata but a realm', async () => {
    const accept = [stubKind()]
    const bare = await stubGuard({}, { accept }).guard.check(requestWith())
    expect(bare instanceof Response && bare.headers.get('www-authenticate')).toBe(
      `Bearer realm="${RESOURCE}"`,
    )
    const scoped = stubGuard({}, { accept, scopes: { baseline: ['notes:read'] } }).guard
    const asked = await scoped.check(requestWith())
    expect(asked instanceof Response && asked.headers.get('www-authenticate')).toBe(
      'Bearer scope="notes:read"',
    )
  })

  it('§3.1 a description has no character that a challenge must not have', async () => {
    const rule = () => new OAuthError('insufficient_scope', 'Nur für "Große" \\ \u0000\r\nX: y')
    const outcome = await stubGuard().guard.check(requestWith('Bearer x'), rule)
    const challenge = outcome instanceof Response && outcome.headers.get('www-authenticate')
    expect(challenge).toContain('error_description="Nur f r  Gro e       X: y"')
  })
})

describe('RFC 9110 §11.6.1 challenges of several schemes', () => {
  const accept = [
    stubKind({}, { scheme: 'Basic', challenge: { realm: 'notes', charset: 'UTF-8' } }),
    stubKind({}, { scheme: 'OAuth', challenge: { realm: 'notes' } }),
    stubKind({}, { scheme: 'Bearer', issuers: [ISSUER] }),
    stubKind({}, { scheme: 'Bearer', name: 'another' }),
  ]
  const answerTo = async (authorization?: string, rule?: GuardRule) => {
    const scopes = { baseline: ['notes:read'] }
    const { guard } = stubGuard({}, { accept, scopes })
    const outcome = await guard.check(requestWith(authorization), rule)
    if (!(outcome instanceof Response)) throw new Error('let in')
    return { status: outcome.status, challenge: outcome.headers.get('www-authenticate') ?? '' }
  }

  it('without credentials: one of each scheme, that of tokens first', async () => {
    const { status, challenge } = await answerTo()
    expect(status).toBe(401)
    expect(challenge).toBe(
      `Bearer resource_metadata="${METADATA}", scope="notes:read", ` +
        'Basic realm="notes", charset="UTF-8", OAuth realm="notes"',
    )
    expect(parseChallenges(challenge).map(({ scheme }) => scheme)).toEqual([
      ...['Bearer', 'Basic', 'OAuth'],
    ])
  })

  it('with a scheme that nobody takes: the same', async () => {
    expect(await answerTo('Digest x')).toEqual(await answerTo())
  })

  it('a refusal is in the scheme that was tried, whatever its case', async () => {
    const rule = { scopes: ['notes:write'] }
    for (const scheme of ['Basic', 'basic', 'BASIC']) {
      const { status, challenge } = await answerTo(`${scheme} x`, rule)
      expect([status, challenge]).toEqual([403, 'Basic realm="notes", charset="UTF-8"'])
    }
    expect((await answerTo('OAuth x', rule)).challenge).toBe('OAuth realm="notes"')
    expect((await answerTo('bearer x', rule)).challenge).toContain(
      'Bearer error="insufficient_scope"',
    )
  })

  it('a malformed request is told in the words of tokens', async () => {
    const { status, challenge } = await answerTo('B@d x')
    expect(status).toBe(400)
    expect(challenge).toContain('Bearer error="invalid_request"')
  })
})
