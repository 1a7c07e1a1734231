import { describe, expect, it } from 'vitest'
import {
  authorizationCode,
  authorizationParameters,
  authorizationServer,
  basic,
  type Rig,
  redeem,
  VERIFIER,
} from './support/authorization-server.ts'
import { expectErrorAnswer, expectPage } from './support/pages.ts'

type Changes = Readonly<Record<string, string | undefined>>

const clients: Readonly<Record<string, Changes>> = {
  pub: { client_id: 'pub', redirect_uri: 'https://spa.test/cb' },
  web: { client_id: 'web', redirect_uri: 'https://web.test/cb' },
  nat: { client_id: 'nat', redirect_uri: 'http://127.0.0.1:49152/cb' },
}

const ask = async (rig: Rig, changes: Changes) =>
  (await rig.browser().start(await authorizationParameters(changes))).response

/** The challenge of {@link VERIFIER}. */
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

describe('Attacks on PKCE, at the authorization endpoint', () => {
  it.each(Object.keys(clients))(
    'PK-01 no client gets around a code_challenge: %s',
    async (name) => {
      const rig = await authorizationServer()
      const without = { code_challenge: undefined }
      for (const changes of [without, { ...without, code_challenge_method: undefined }])
        expectErrorAnswer(await ask(rig, { ...clients[name], ...changes }), 'invalid_request')
    },
  )

  it('PK-01 a client that registered itself does not either, signed in or not', async () => {
    const rig = await authorizationServer()
    const redirect_uri = 'https://stranger.test/cb'
    const client_id = await rig.register({ client_name: 'c', redirect_uris: [redirect_uri] })
    const changes = { client_id, redirect_uri, code_challenge: undefined }
    expectPage(await ask(rig, changes), 400)
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    const { response } = await browser.start(await authorizationParameters(changes))
    expectErrorAnswer(response, 'invalid_request')
  })

  it.each(['plain', undefined, '', 's256', 'S512', 'S256 ', 'plain S256', 'none', '__proto__'])(
    'PK-02 code_challenge_method must be S256, and absent means plain: %s',
    async (code_challenge_method) => {
      const rig = await authorizationServer()
      for (const client of Object.values(clients)) {
        const changes = { ...client, code_challenge_method }
        expectErrorAnswer(await ask(rig, changes), 'invalid_request')
      }
    },
  )

  it('PK-02 a method without a challenge is no challenge', async () => {
    const rig = await authorizationServer()
    const changes = { code_challenge: '', code_challenge_method: 'S256' }
    expectErrorAnswer(await ask(rig, changes), 'invalid_request')
  })

  it.each([
    ...['x', 'E'.repeat(42), 'E'.repeat(44), `${CHALLENGE}=`, `${CHALLENGE.slice(0, -1)}+`],
    ...[`${CHALLENGE} `, `${CHALLENGE.slice(0, -1)}/`, 'é'.repeat(43), VERIFIER.repeat(3)],
  ])('PK-02 a challenge that is no SHA-256 in base64url is refused: %s', async (code_challenge) => {
    expectErrorAnswer(await ask(await authorizationServer(), { code_challenge }), 'invalid_request')
  })

  it('PK-05 taking the challenge out of the request under way takes the code away', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    const stripped = await authorizationParameters({
      code_challenge: undefined,
      code_challenge_method: undefined,
    })
    expectErrorAnswer((await browser.start(stripped)).response, 'invalid_request')
    const silent = await browser.start({ ...stripped, prompt: 'none' })
    expectErrorAnswer(silent.response, 'invalid_request')
    expect(await rig.store.list('authorizationCodes', {}, { limit: 10 })).toHaveLength(1)
  })

  it('PK-05 putting another challenge into the request makes the code useless to the client', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig, { code_challenge: 'E'.repeat(43) })
    expect(await (await redeem(rig, code)).json()).toMatchObject({ error: 'invalid_grant' })
  })

  it.each([CHALLENGE, '', ' ', VERIFIER.toUpperCase(), `${VERIFIER} `, VERIFIER.slice(0, 42)])(
    'PK-08 the challenge is not the verifier, nor is anything near it: “%s”',
    async (code_verifier) => {
      const rig = await authorizationServer()
      const code = await authorizationCode(rig)
      const refused = await redeem(rig, code, { code_verifier })
      expect(refused.status).toBe(400)
      expect(await refused.json()).toMatchObject({ error: 'invalid_grant' })
      expect((await redeem(rig, code)).status).toBe(200)
    },
  )

  it('PK-08 two verifiers are none, and a list is no verifier', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig, clients.web)
    const form = (...verifiers: [string, string][]): [string, string][] => [
      ['grant_type', 'authorization_code'],
      ['redirect_uri', 'https://web.test/cb'],
      ['code', code],
      ...verifiers,
    ]
    const send = (...verifiers: [string, string][]) =>
      rig.post('/token', form(...verifiers), basic('web', rig.secrets.web))
    const right: [string, string] = ['code_verifier', VERIFIER]
    expect(await (await send(right, right)).json()).toMatchObject({ error: 'invalid_request' })
    const list = await send(['code_verifier[]', VERIFIER])
    expect(await list.json()).toMatchObject({ error: 'invalid_grant' })
    expect((await send(right)).status).toBe(200)
  })

  it('PK-09 one challenge for two requests is allowed, and each code is still its own', async () => {
    const rig = await authorizationServer()
    const [first, second] = [await authorizationCode(rig), await authorizationCode(rig)]
    expect(first).not.toBe(second)
    expect((await redeem(rig, first)).status).toBe(200)
    expect((await redeem(rig, second)).status).toBe(200)
    expect((await redeem(rig, second)).status).toBe(400)
  })

  it('PK-14 two challenges are none, even if they are the same', async () => {
    const rig = await authorizationServer()
    const good = Object.entries(await authorizationParameters())
    for (const second of [CHALLENGE, 'E'.repeat(43)]) {
      const query = new URLSearchParams([...good, ['code_challenge', second]])
      const response = await rig.browser().fetch(`/authorize?${query}`)
      expectErrorAnswer(response, 'invalid_request')
    }
    const methods = new URLSearchParams([...good, ['code_challenge_method', 'plain']])
    expectErrorAnswer(await rig.browser().fetch(`/authorize?${methods}`), 'invalid_request')
  })
})
