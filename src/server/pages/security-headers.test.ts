import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentSecurityPolicy, securityHeaders } from './security-headers.ts'

const policyFor = (redirectUri?: string) =>
  contentSecurityPolicy({ nonce: 'abc', script: false, form: true, redirectUri })

const formActionFor = (redirectUri: string) =>
  policyFor(redirectUri)
    .split('; ')
    .find((directive) => directive.startsWith('form-action'))

describe('the headers of a page', () => {
  it('CN-06 allow the page its own stylesheet and nothing else', () => {
    expect(policyFor()).toBe(
      "default-src 'none'; style-src 'nonce-abc'; script-src 'none'; img-src 'none'; " +
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    )
  })

  it('CN-06 allow a script by its nonce only', () => {
    const policy = contentSecurityPolicy({
      nonce: 'abc',
      script: true,
      form: false,
      redirectUri: undefined,
    })
    expect(policy).toContain("script-src 'nonce-abc';")
    expect(policy).toContain("form-action 'none'")
    expect(policy).not.toContain('unsafe')
  })

  const anyClient = 'https: claude: cursor: vscode: vscode-insiders: windsurf:'

  it('let the answer to a form lead to the redirect URI, and on from there', () => {
    const cases = {
      'https://web.test/cb?x=1': 'https://web.test',
      'https://WEB.test:8443/cb': 'https://web.test:8443',
      'http://127.0.0.1:49152/cb': 'http://127.0.0.1:* http://localhost:*',
      'http://localhost:5000/cb': 'http://127.0.0.1:* http://localhost:*',
      'com.example.app:/cb': 'com.example.app:',
      'https://p\u0430ypal.test/cb': 'https://xn--pypal-4ve.test',
    }
    for (const [redirectUri, source] of Object.entries(cases)) {
      expect(formActionFor(redirectUri)).toBe(`form-action 'self' ${source} ${anyClient}`)
    }
  })

  it('name the scheme of an app in wide use once', () => {
    expect(formActionFor('vscode://publisher/cb')).toBe(
      "form-action 'self' vscode: https: claude: cursor: vscode-insiders: windsurf:",
    )
  })

  it('never lead on in the clear, but from this computer to this computer', () => {
    for (const uri of ['https://web.test/cb', 'com.example.app:/cb'])
      expect(formActionFor(uri)).not.toContain('http:')
    expect(formActionFor('http://127.0.0.1:1/cb')).not.toMatch(
      / http:(?!\/\/(127\.0\.0\.1|localhost):\* )/,
    )
  })

  it('name [::1] by its scheme, because a policy cannot name an IPv6 address', () => {
    expect(formActionFor('http://[::1]:49152/cb')).toBe(`form-action 'self' http: ${anyClient}`)
  })

  it('take nothing from an address that would end the directive or run', () => {
    for (const address of ["https://a;script-src'x'/", 'https://a,b/', 'javascript:1', 'x y', '']) {
      expect(formActionFor(address)).toBe("form-action 'self'")
    }
  })

  it('have seven directives whatever the redirect URI', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string({ unit: 'binary' })), (text) => {
        for (const address of [text, `https://${text}/`, `${text}:/cb`]) {
          const policy = policyFor(address)
          expect(policy.split(/[;,]/)).toHaveLength(7)
          expect(policy.match(/'self'/g)).toHaveLength(1)
        }
      }),
    )
  })

  it('RU-22 CN-02 keep the page from caches, frames and the Referer', () => {
    const headers = securityHeaders({
      nonce: 'abc',
      script: false,
      form: false,
      redirectUri: undefined,
    })
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    expect(headers['permissions-policy']).toContain('camera=()')
  })

  it('leave a popup its opener, which waits for the sign-in to end', () => {
    const headers = securityHeaders({
      nonce: 'abc',
      script: false,
      form: true,
      redirectUri: undefined,
    })
    expect(headers).not.toHaveProperty('cross-origin-opener-policy')
  })
})
