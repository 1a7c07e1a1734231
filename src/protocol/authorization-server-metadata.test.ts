import { describe, expect, it } from 'vitest'
import { ConfigError } from '../errors.ts'
import { checkIssuer, metadataPaths } from './authorization-server-metadata.ts'

describe('metadataPaths', () => {
  it.each(['https://as.test', 'https://as.test/'])(
    'has one place for each document of %s',
    (issuer) => {
      expect(metadataPaths(issuer)).toEqual({
        oauth: ['/.well-known/oauth-authorization-server'],
        openid: ['/.well-known/openid-configuration'],
      })
    },
  )

  it.each(['https://as.test/a/b', 'https://as.test/a/b/'])(
    'inserts and appends the path of %s',
    (issuer) => {
      expect(metadataPaths(issuer)).toEqual({
        oauth: [
          '/.well-known/oauth-authorization-server/a/b',
          '/a/b/.well-known/oauth-authorization-server',
        ],
        openid: ['/.well-known/openid-configuration/a/b', '/a/b/.well-known/openid-configuration'],
      })
    },
  )
})

describe('checkIssuer', () => {
  it.each([
    'https://as.test',
    'https://as.test/',
    'https://as.test/tenant',
    'https://as.test:8443',
    'http://localhost:4000',
    'http://127.0.0.1:4000/a',
    'http://[::1]:4000',
  ])('accepts %s', (issuer) => {
    expect(checkIssuer(issuer)).toEqual(new URL(issuer))
  })

  it.each([
    '',
    'as.test',
    'http://as.test',
    'http://127.0.0.2',
    'http://localhost.evil.test',
    'ftp://localhost',
    'https://as.test?x',
    'https://as.test/?',
    'https://as.test/#',
    'https://a@as.test',
    'https://a:secret@as.test',
    'https://AS.test',
    'https://as.test:443',
    'https://as.test/a/../b',
    'https://as.test/é',
    ' https://as.test',
    'https:as.test',
    'https://as.test\\a',
    'javascript:alert(1)',
    'https://',
  ])('refuses %j', (issuer) => {
    expect(() => checkIssuer(issuer)).toThrow(ConfigError)
  })

  it('never repeats a password that stands in it', () => {
    expect(() => checkIssuer('https://a:secret@as.test')).toThrow(/^(?!.*secret)/)
  })
})
