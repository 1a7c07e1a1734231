import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { KeptGrant } from '../../client/kept-grant.ts'
import type { SignInNeed } from '../../client/sign-in-need.ts'
import { Secret } from '../../vault/secret.ts'
import { type AskingOptions, asking } from './asking.ts'

let told: string
beforeEach(() => {
  told = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += String(text)
    return true
  })
  // Somebody at another machine: no browser is started here.
  vi.stubEnv('SSH_TTY', '/dev/pts/1')
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const grant: KeptGrant = {
  key: { issuer: 'https://as.test', clientId: 'app', resource: '', account: 'default' },
  tokenEndpoint: 'https://as.test/token',
  tokenType: 'Bearer',
  accessToken: new Secret('canary'),
  scopes: [],
  label: 'alice@example.com',
  givenAt: 0,
}

/** A need for these scopes, and the answers that it was finished with. */
function needOf(state: string, { scopes = [], added = [] }: Partial<Scopes> = {}) {
  const finished: string[] = []
  const need: SignInNeed = {
    ...{ reason: 'sign_in_needed', resource: '', account: 'default', scopes: undefined, added },
    registeredRedirectUris: async () => [],
    begin: async ({ redirectUri = '' } = {}) => ({
      url: `https://as.test/authorize?${new URLSearchParams({ state, redirect_uri: redirectUri })}`,
      pending: {
        ...{ version: 1, issuer: 'https://as.test', tokenEndpoint: 'https://as.test/token' },
        ...{ clientId: 'app', redirectUri, state, codeVerifier: 'v', resource: '' },
        ...{ account: 'default', scopes, startedAt: 0 },
      },
    }),
    beginDevice: async () => ({
      ...{ deviceCode: 'd', userCode: 'ABCD', verificationUri: 'https://as.test/device', scopes },
      ...{ verificationUriComplete: undefined, expiresAt: 0, intervalMs: 1 },
      finish: async () => ({ grant, claims: undefined }),
    }),
    async finish(callbackUrl) {
      finished.push(callbackUrl)
      return { grant, claims: undefined }
    },
  }
  return { need, finished }
}

interface Scopes {
  readonly scopes: readonly string[]
  readonly added: readonly string[]
}

/** Signs somebody in with a code, and gives what they were told. */
async function toldOf(scopes: Partial<Scopes>, options: Partial<AskingOptions> = {}) {
  await asking({ way: 'device', ...options })(needOf('s', scopes).need)
  return told
}

/** The address to sign in at, of the n-th sign-in. */
const addressOf = (n: number) =>
  vi.waitFor(() => {
    const address = told.match(/https:\/\/as\.test\/authorize\S+/g)?.[n]
    if (address === undefined) throw new Error('Nobody was asked yet.')
    return new URL(address).searchParams
  })

describe('Asking somebody to sign in', () => {
  it('CL-19 says what is asked for, and what of it is new, before where to go', async () => {
    const text = await toldOf({ scopes: ['notes:read', 'admin'], added: ['admin'] })
    expect(text).toMatch(/^You will be asked to allow: notes:read admin\. New is: admin\n/)
    expect(text).toContain('enter the code ABCD')
  })

  it('CL-19 the first time nothing is called new', async () => {
    const text = await toldOf({ scopes: ['notes:read'] })
    expect(text).toMatch(/^You will be asked to allow: notes:read\n/)
    expect(text).not.toContain('New')
  })

  it('CL-19 hides nothing of what a server calls its scopes', async () => {
    const text = await toldOf({ scopes: ['a', 'b\nNew is: nothing\u001b[2J'], added: ['a'] })
    expect(text).toMatch(/^You will be asked to allow: a b\\nNew is: nothing\\u\{1b\}\[2J\. New/)
  })

  it('BR-10 takes no answer of another sign-in, in this terminal or another', async () => {
    const [mine, other] = [needOf('mine'), needOf('other')]
    const ask = asking({ way: 'browser' })
    const [first, second] = [ask(mine.need), ask(other.need)]
    const asked = [await addressOf(0), await addressOf(1)]
    const back = (to: URLSearchParams | undefined, state: string) =>
      fetch(`${to?.get('redirect_uri')}?code=c&state=${state}`)
    const at = (state: string) => asked.find((each) => each.get('state') === state)

    expect((await back(at('mine'), 'other')).status).toBe(400)
    expect((await back(at('other'), 'mine')).status).toBe(400)
    expect([...mine.finished, ...other.finished]).toEqual([])

    expect((await back(at('mine'), 'mine')).status).toBe(200)
    expect((await back(at('other'), 'other')).status).toBe(200)
    await Promise.all([first, second])
    expect(mine.finished.map((url) => new URL(url).search)).toEqual(['?code=c&state=mine'])
  })

  it.each(['device', 'browser'] as const)(
    'BR-10 says whose account it was, before it is used (%s)',
    async (way) => {
      const labels: unknown[] = []
      const onSignedIn = ({ grant: { label } }: { readonly grant: KeptGrant }) => labels.push(label)
      const asked = asking({ way, onSignedIn })(needOf('s').need)
      if (way === 'browser')
        await fetch(`${(await addressOf(0)).get('redirect_uri')}?code=c&state=s`)
      await asked
      expect(labels).toEqual(['alice@example.com'])
    },
  )
})
