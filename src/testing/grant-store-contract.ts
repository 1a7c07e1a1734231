/**
 * What any store of grants must do, as cases for any test runner.
 *
 * ```ts
 * for (const { name, run } of grantStoreContract()) {
 *   it(name, async () => run(openEmptyStore()))
 * }
 * ```
 *
 * @module
 */

import {
  DEFAULT_ACCOUNT,
  type GrantKey,
  type GrantStore,
  type KeptGrant,
  type KeptRegistration,
} from '../client/kept-grant.ts'
import { Secret } from '../vault/secret.ts'
import { expectRejection, expectSame } from './store-contract/store-case.ts'

/** One thing a store of grants must do. Each run wants an empty store of its own. */
export interface GrantStoreCase {
  readonly name: string
  run(store: GrantStore): Promise<void>
}

/** The cases that a store of grants must pass. */
export function grantStoreContract(): readonly GrantStoreCase[] {
  return [...ofGrants, ...ofKeys, ...ofDecisions, ...ofRegistrations]
}

const KEY: GrantKey = {
  issuer: 'https://as.test',
  clientId: 'client',
  resource: 'https://api.test/',
  account: DEFAULT_ACCOUNT,
}

const AT_ONCE = 50

/** A grant with nothing but what every grant has. */
const bareGrant = (key: GrantKey, accessToken = 'at-1'): KeptGrant => ({
  key,
  tokenEndpoint: 'https://as.test/token',
  tokenType: 'Bearer',
  accessToken: new Secret(accessToken),
  scopes: [],
  givenAt: 1_767_225_600_000,
})

/** A grant with everything that a grant may have. */
const fullGrant = (key: GrantKey): KeptGrant => ({
  ...bareGrant(key),
  tokenType: 'DPoP',
  expiresAt: 1_767_225_900_000,
  refreshToken: new Secret('rt-1 “\u2028”\u{1f511}'),
  scopes: ['files:read', 'files:write'],
  dpopKey: new Secret({ kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ', d: 'ZA' }),
  label: 'Zoë <zoe@a.test>',
})

const registration = (issuer: string): KeptRegistration => ({
  issuer,
  clientId: 'registered',
  clientSecret: new Secret('s3cret'),
  tokenEndpointAuthMethod: 'client_secret_basic',
  redirectUris: ['http://127.0.0.1/callback'],
  tokenEndpoint: 'https://as.test/token',
  expiresAt: 1_767_229_200_000,
})

/** Secrets do not show; here they have to be compared. */
const shown = (kept: object | undefined): unknown =>
  kept &&
  Object.fromEntries(
    Object.entries(kept).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Secret ? value.reveal('comparing it') : value,
    ]),
  )

const keep = (store: GrantStore, grant: KeptGrant) =>
  store.decide(grant.key, async () => ({ keep: grant }))

const tokenOf = (grant: KeptGrant | undefined): string | undefined =>
  grant?.accessToken.reveal('comparing it')

const ofGrants: readonly GrantStoreCase[] = [
  {
    name: 'a grant is found with everything that was kept of it',
    async run(store) {
      for (const grant of [fullGrant(KEY), bareGrant(KEY)]) {
        expectSame(shown(await keep(store, grant)), shown(grant), 'what is kept afterwards')
        expectSame(shown(await store.grant(KEY)), shown(grant), 'the grant')
      }
    },
  },
  {
    name: 'what was never kept is not found, and not listed',
    async run(store) {
      expectSame(await store.grant(KEY), undefined, 'the grant')
      expectSame(await store.grants(), [], 'the grants')
    },
  },
  {
    name: 'all grants are listed, with who they are of and since when',
    async run(store) {
      const accounts = ['work', 'home', 'other']
      for (const account of accounts) await keep(store, fullGrant({ ...KEY, account }))
      await store.decide({ ...KEY, account: 'other' }, async () => ({ forget: true }))
      const listed = (await store.grants()).map(shown).map((each) => JSON.stringify(each))
      const wanted = ['home', 'work'].map((account) => shown(fullGrant({ ...KEY, account })))
      expectSame(listed.sort().map(parsed), wanted, 'the grants, by account')
    },
  },
]

const parsed = (text: string): unknown => JSON.parse(text)

/** Keys that a careless store would take for one. */
const likeness: readonly GrantKey[] = [
  KEY,
  { ...KEY, issuer: 'https://as.test/' },
  { ...KEY, issuer: 'https://AS.test' },
  { ...KEY, clientId: 'Client' },
  { ...KEY, resource: '' },
  { ...KEY, resource: 'https://api.test/","default' },
  { ...KEY, account: 'Default' },
  { ...KEY, account: '' },
  { ...KEY, account: '../default' },
  { ...KEY, account: 'x'.repeat(10_000) },
  { ...KEY, clientId: 'client\0', resource: 'https://api.test/' },
  { ...KEY, clientId: 'clienthttps://api.test/', resource: '' },
]

const ofKeys: readonly GrantStoreCase[] = [
  {
    name: 'CL-20 no two keys are mixed, however alike they are',
    async run(store) {
      for (const [at, key] of likeness.entries()) await keep(store, bareGrant(key, `at-${at}`))
      const found = await Promise.all(likeness.map((key) => store.grant(key)))
      expectSame(
        found.map(tokenOf),
        [...likeness.keys()].map((at) => `at-${at}`),
        'the tokens',
      )
      await store.decide(KEY, async () => ({ forget: true }))
      expectSame((await store.grants()).length, likeness.length - 1, 'how many are left')
    },
  },
]

const ofDecisions: readonly GrantStoreCase[] = [
  {
    name: 'a decision sees what is kept, and what it comes to is what is kept',
    async run(store) {
      await keep(store, bareGrant(KEY, 'at-1'))
      const after = await store.decide(KEY, async (kept) => ({
        keep: bareGrant(KEY, `${tokenOf(kept)}, renewed`),
      }))
      expectSame(tokenOf(after), 'at-1, renewed', 'what is kept afterwards')
      const left = await store.decide(KEY, async () => ({ leave: true }))
      expectSame(tokenOf(left), 'at-1, renewed', 'what is left')
      const gone = await store.decide(KEY, async () => ({ forget: true }))
      expectSame([gone, await store.grant(KEY)], [undefined, undefined], 'what was forgotten')
    },
  },
  {
    name: 'a decision that fails changes nothing, and holds up nobody',
    async run(store) {
      await keep(store, bareGrant(KEY, 'at-1'))
      class Failed extends Error {}
      const failing = store.decide(KEY, async () => {
        throw new Failed('on purpose')
      })
      await expectRejection(failing, Failed, 'a decision that fails')
      expectSame(tokenOf(await store.grant(KEY)), 'at-1', 'what was kept before')
      expectSame(tokenOf(await keep(store, bareGrant(KEY, 'at-2'))), 'at-2', 'what is kept next')
    },
  },
  {
    name: `CL-15 of ${AT_ONCE} decisions at once, each sees what the one before it kept`,
    async run(store) {
      const decideAgain = () =>
        store.decide(KEY, async (kept) => {
          const seen = Number(tokenOf(kept) ?? 0)
          await Promise.resolve()
          return { keep: bareGrant(KEY, `${seen + 1}`) }
        })
      await Promise.all(Array.from({ length: AT_ONCE }, decideAgain))
      expectSame(tokenOf(await store.grant(KEY)), `${AT_ONCE}`, 'the decisions that count')
    },
  },
  {
    name: 'a decision about one grant can wait for one about another',
    async run(store) {
      const other = { ...KEY, issuer: 'https://idp.test' }
      await store.decide(KEY, async () => {
        const exchanged = await keep(store, bareGrant(other, 'at-idp'))
        return { keep: bareGrant(KEY, `for ${tokenOf(exchanged)}`) }
      })
      expectSame(tokenOf(await store.grant(KEY)), 'for at-idp', 'the grant')
    },
  },
]

const ofRegistrations: readonly GrantStoreCase[] = [
  {
    name: 'a registration is found by its issuer, and the last one counts',
    async run(store) {
      const issuers = ['https://as.test', 'https://as.test/', 'https://as2.test']
      for (const issuer of issuers) await store.register(registration(issuer))
      const bare: KeptRegistration = {
        issuer: 'https://as2.test',
        clientId: 'again',
        tokenEndpointAuthMethod: 'none',
        redirectUris: [],
      }
      await store.register(bare)
      const found = await Promise.all(issuers.map((issuer) => store.registration(issuer)))
      const wanted = [...issuers.slice(0, 2).map(registration), bare]
      expectSame(found.map(shown), wanted.map(shown), 'the registrations')
      expectSame(await store.registration('https://as3.test'), undefined, 'one that is not there')
    },
  },
  {
    name: 'who forgets a registration forgets no grant',
    async run(store) {
      await store.register(registration(KEY.issuer))
      await keep(store, bareGrant(KEY))
      await store.unregister(KEY.issuer)
      await store.unregister('https://never.test')
      expectSame(await store.registration(KEY.issuer), undefined, 'the registration')
      expectSame(tokenOf(await store.grant(KEY)), 'at-1', 'the grant')
    },
  },
]
