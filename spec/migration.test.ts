/**
 * Moving from hand-written middleware around `jsonwebtoken` to `warder/express`: the two apps of
 * `examples/migration/` side by side, and every difference that the page about it names, seen.
 */

import { createServer } from 'node:http'
import { SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { createGuard, jwt } from 'warder/guard'
import { startIssuer } from '../examples/support/issuer.mjs'
import { listening } from './fixtures/frameworks/listening.ts'
import { read } from './house/tree.ts'
import { atEnd } from './support/endings.ts'
import { type Answered, type Asked, exchange } from './support/http-exchange.ts'

const SECRET = 'a secret of the tests, which is long enough for HS512: 0123456789abcdef'

const page = read('docs/migrate-from-jsonwebtoken.md')

/** Both apps, served. */
async function apps() {
  vi.stubEnv('JWT_SECRET', SECRET)
  const before = await import('../examples/migration/before.mjs')
  const after = await import('../examples/migration/after.mjs')
  const [old, moved] = await Promise.all(
    [before, after].map(({ createApp }) => listening(createServer(createApp().set('env', 'test')))),
  )
  atEnd(async () => void (await Promise.all([old?.close(), moved?.close()])))
  return {
    before,
    after,
    /** What each answers. */
    ask: async (asked: Asked): Promise<readonly [before: Answered, after: Answered]> => [
      await exchange(old?.port ?? 0, asked),
      await exchange(moved?.port ?? 0, asked),
    ],
  }
}

/** A token as the login of the moved app makes it, but for what is changed; `undefined` takes away. */
const token = (claims: Readonly<Record<string, unknown>> = {}, alg = 'HS256') => {
  const now = Math.floor(Date.now() / 1000)
  const good = {
    ...{ id: 'alice', role: 'user', client_id: 'notes-app' },
    ...{ iss: 'notes-login', aud: 'https://api.example.com/', iat: now, exp: now + 3600 },
  }
  return new SignJWT({ ...good, ...claims })
    .setProtectedHeader({ alg, typ: 'JWT' })
    .sign(new TextEncoder().encode(SECRET))
}

const seconds = (ago: number) => Math.floor(Date.now() / 1000) - ago
const bearing = (text: string): Asked => ({
  path: '/notes',
  headers: [['Authorization', `Bearer ${text}`]],
})

/** The requests that the page names, by what it calls them. */
const requests: Readonly<Record<string, () => Promise<Asked> | Asked>> = {
  'a good token': async () => bearing(await token()),
  '`bearer` in lower case': async () => ({
    path: '/notes',
    headers: [['authorization', `bearer ${await token()}`]],
  }),
  'no token': () => ({ path: '/notes' }),
  'a role that is not enough': async () => ({
    ...bearing(await token()),
    ...{ method: 'DELETE', path: '/notes/1' },
  }),
  'a token that is over': async () => bearing(await token({ exp: seconds(60) })),
  'a token that was over ten seconds ago': async () => bearing(await token({ exp: seconds(10) })),
  'nonsense for a token': () => bearing('nonsense'),
  'another secret': async () => bearing(`${(await token()).slice(0, -4)}AAAA`),
  'a token of the old login': async () =>
    bearing(await token({ iss: undefined, aud: undefined, client_id: undefined })),
  'a token for something else, under the same secret': async () =>
    bearing(await token({ aud: 'password-reset' })),
  'a token that never ends': async () => bearing(await token({ exp: undefined })),
  'a token signed with HS512': async () => bearing(await token({}, 'HS512')),
  '`Token` or `Basic` instead of `Bearer`': async () => ({
    path: '/notes',
    headers: [['Authorization', `Token ${await token()}`]],
  }),
  'two Authorization headers': async () => ({
    path: '/notes',
    headers: [
      ['Authorization', `Bearer ${await token()}`],
      ['Authorization', 'Bearer x'],
    ],
  }),
  'something after the token': async () => bearing(`${await token()} or else`),
  'a token in the query': async () => ({ path: `/notes?token=${await token()}` }),
}

/** The rows of the page's table. */
const rows = [...page.matchAll(/^\| (.+?) \| (\d{3}) \| (\d{3}) \| (.+) \|$/gm)].map(
  ([, name = '', before, after]) => [name, Number(before), Number(after)] as const,
)

describe('Moving from jsonwebtoken to warder/express', () => {
  it('has a page that names every request that is tried here', () => {
    expect(rows.map(([name]) => name)).toEqual(Object.keys(requests))
  })

  it.each(rows)('%s: %i before, %i after', async (name, statusBefore, statusAfter) => {
    const { ask } = await apps()
    const asked = await requests[name]?.()
    const [before, after] = await ask(asked ?? {})
    expect([before.status, after.status]).toEqual([statusBefore, statusAfter])
    // A client learns from the challenge what to do about it; before, from nothing.
    expect(before.headers.get('www-authenticate')).toBeNull()
    const isRefused = after.status !== 200
    expect(after.headers.has('www-authenticate')).toBe(isRefused)
  })

  it('changes the login first: its new tokens are good for the old middleware too', async () => {
    const { before, after, ask } = await apps()
    const admin = { id: 'alice', role: 'admin' }
    const request = (text: string): Asked => ({
      ...bearing(text),
      ...{ method: 'DELETE', path: '/notes/7' },
    })
    const [old, moved] = await ask(request(after.signToken(admin)))
    expect(JSON.parse(old.body)).toEqual({ deleted: '7', by: 'alice' })
    expect(JSON.parse(moved.body)).toEqual({ deleted: '7', by: 'alice' })
    const [stillGood, tooOld] = await ask(request(before.signToken(admin)))
    expect([stillGood.status, tooOld.status]).toEqual([200, 401])
  })

  it('has other bodies and headers', async () => {
    const { ask } = await apps()
    const [before, after] = await ask(bearing('nonsense'))
    expect(JSON.parse(before.body)).toEqual({ message: 'Invalid token' })
    expect(JSON.parse(after.body)).toMatchObject({ error: 'invalid_token' })
    expect(page).toContain(`www-authenticate: ${after.headers.get('www-authenticate')}\n`)
    const [old, moved] = await ask(bearing(await token()))
    expect([old.headers.get('cache-control'), moved.headers.get('cache-control')]).toEqual([
      null,
      'no-store',
    ])
  })

  it('can trust the old login beside an authorization server', async () => {
    vi.stubEnv('JWT_SECRET', SECRET)
    const { createNotesGuard } = await import('../examples/migration/two-issuers.mjs')
    const authority = await startIssuer()
    atEnd(async () => authority.stop())
    const guard = createNotesGuard(authority.issuer)
    const subjectOf = async (text: string) => {
      const headers = { authorization: `Bearer ${text}` }
      const caller = await guard.check(new Request('https://api.example.com/', { headers }))
      return caller instanceof Response ? caller.status : caller.subject
    }
    const resource = 'https://api.example.com/'
    expect(await subjectOf(await authority.token(resource, { sub: 'bob' }))).toBe('bob')
    expect(await subjectOf(await token())).toBe('alice')
    expect(await subjectOf(await token({ iss: authority.issuer }))).toBe(401)
  })

  it('takes no secret that can be guessed', () => {
    const withSecret = (secret: string) => () =>
      createGuard({
        resource: 'https://api.example.com/',
        accept: [jwt({ issuer: 'notes-login', profile: 'jwt', keys: { secret } })],
      })
    expect(withSecret(SECRET)).not.toThrow()
    expect(withSecret('changeme')).toThrow('keys.secret: must have at least 32 bytes for HS256.')
    expect(page).toContain('keys.secret: must have at least 32 bytes for HS256.')
  })
})
