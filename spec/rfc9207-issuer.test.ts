import { describe, expect, it } from 'vitest'
import { authorizationParameters, authorizationServer } from './support/authorization-server.ts'
import { answerIn, expectAnswer } from './support/pages.ts'

type Changes = Readonly<Record<string, string | undefined>>

describe('RFC 9207 OAuth 2.0 Authorization Server Issuer Identification', () => {
  it('§2 MUST identify itself by iss in a successful response', async () => {
    const rig = await authorizationServer()
    const location = await rig.browser().authorize(await authorizationParameters())
    expect(answerIn(location).parameters.getAll('iss')).toEqual(['https://as.test'])
  })

  it.each<Changes>([
    { response_type: undefined },
    { response_type: 'token' },
    { response_mode: 'form_post' },
    { code_challenge: undefined },
    { code_challenge_method: 'plain' },
    { scope: 'none' },
    { resource: 'https://unknown.test/' },
    { resource: undefined },
    { prompt: 'none' },
    { prompt: 'none login' },
    { max_age: 'x' },
    { request: 'x' },
    { request_uri: 'https://spa.test/r' },
    { state: undefined, scope: 'none' },
  ])('§2 MUST identify itself by iss in an error response: %o', async (changes) => {
    const rig = await authorizationServer()
    const { response } = await rig.browser().start(await authorizationParameters(changes))
    const { parameters } = expectAnswer(response)
    expect(parameters.has('error')).toBe(true)
    expect(parameters.getAll('iss')).toEqual(['https://as.test'])
  })

  it('§2 MUST identify itself by iss in the errors that come after sign-in', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const consent = await browser.signIn(await browser.start(await authorizationParameters()))
    const silent = await browser.start(await authorizationParameters({ prompt: 'none' }))
    const errors = [silent.response, await browser.press(consent, 'deny')].map((response) => {
      const { parameters } = expectAnswer(response)
      return [parameters.get('error'), parameters.getAll('iss')]
    })
    expect(errors).toEqual([
      ['consent_required', ['https://as.test']],
      ['access_denied', ['https://as.test']],
    ])
  })

  it('§2 an iss in the request or in state MUST NOT become the iss of the response', async () => {
    const rig = await authorizationServer()
    const changes = { iss: 'https://evil.test', state: '&iss=https://evil.test' }
    for (const scope of ['notes:read', 'none']) {
      const parameters = await authorizationParameters({ ...changes, scope })
      const location = await rig.browser().authorize(parameters)
      expect(answerIn(location).parameters.getAll('iss')).toEqual(['https://as.test'])
    }
  })

  it.each(['https://as.test/tenant', 'https://as.test:8443', 'http://localhost:4000'])(
    '§2.4 iss MUST be equal to the issuer of the metadata, character for character: %s',
    async (issuer) => {
      const rig = await authorizationServer({ issuer })
      const browser = rig.browser()
      const { origin, pathname } = new URL(issuer)
      const path = pathname === '/' ? '' : pathname
      const metadata = await browser.fetch(
        `${origin}/.well-known/oauth-authorization-server${path}`,
      )
      expect(await metadata.json()).toMatchObject({ issuer })
      for (const scope of ['notes:read', 'none']) {
        const location = await browser.authorize(await authorizationParameters({ scope }))
        expect(answerIn(location).parameters.get('iss')).toBe(issuer)
      }
    },
  )

  it('§3 MUST say in the metadata that iss comes with every response', async () => {
    const rig = await authorizationServer()
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      const metadata = await rig.browser().fetch(`/.well-known/${name}`)
      expect(await metadata.json()).toMatchObject({
        authorization_response_iss_parameter_supported: true,
      })
    }
  })
})
