import { describe, expect, it } from 'vitest'
import { formatScope, parseParameters, parseScope, readForm } from 'warder/protocol'

const invalidRequest = expect.objectContaining({ code: 'invalid_request', status: 400 })

const token = (body: string, type = 'application/x-www-form-urlencoded', query = '') =>
  new Request(`https://as.test/token${query}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })

describe('RFC 6749 parameters', () => {
  it('§3.1 parameters sent without a value MUST be treated as if they were omitted', () => {
    const parameters = parseParameters('state=&scope&client_id=pub')
    expect(parameters.get('state')).toBeUndefined()
    expect(parameters.has('scope')).toBe(false)
    expect(parameters.names()).toEqual(['client_id'])
  })

  it('§3.1 parameters MUST NOT be included more than once', () => {
    expect(() => parseParameters('state=a&state=b')).toThrow(invalidRequest)
    expect(() => parseParameters('state=a&state=a')).toThrow(invalidRequest)
    expect(() => parseParameters('state=a&state=b')).toThrow(/^state must not be sent/)
  })

  it('RFC 8707 §2: resource, alone, may be included more than once', () => {
    const repeatable = ['resource']
    const parameters = parseParameters('resource=a&resource=b', { repeatable })
    expect(parameters.all('resource')).toEqual(['a', 'b'])
    expect(() => parseParameters('resource=a&scope=b&scope=c', { repeatable })).toThrow(
      invalidRequest,
    )
  })

  it('§3.1 unrecognised parameters MUST be ignored', () => {
    expect(parseParameters('code=a&unheard-of=b').get('code')).toBe('a')
  })

  it('Appendix B: values are form-encoded UTF-8', () => {
    const parameters = parseParameters('v=+%25%26%2B%C2%A3%E2%82%AC')
    expect(parameters.get('v')).toBe(' %&+£€')
  })

  it('§4.1.3 the body of a token request is a form', async () => {
    const form = await readForm(token('grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA'))
    expect(form.get('grant_type')).toBe('authorization_code')
    expect(form.get('code')).toBe('SplxlOBeZQQYbYS6WxSbIA')
  })

  it.each([
    'redirect_uri=a&redirect_uri=b',
    'redirect_uri=b&redirect_uri=a',
    'redirect_uri=a&%72edirect_uri=b',
  ])('RU-13 a redirect URI sent twice is refused, never chosen from: %s', (query) =>
    expect(() => parseParameters(query)).toThrow(invalidRequest),
  )

  it('RU-13 redirect_uri[] is another parameter, and makes no array', () => {
    const parameters = parseParameters('redirect_uri[]=a&redirect_uri[]x=b&redirect_uri[0]=c')
    expect(parameters.get('redirect_uri')).toBeUndefined()
  })

  it('TK-15 parameters in the URL of a token request are refused', async () => {
    const request = token('grant_type=refresh_token', undefined, '?refresh_token=x')
    await expect(readForm(request)).rejects.toThrow(invalidRequest)
  })

  it.each(['application/json', 'multipart/form-data; boundary=x', 'text/plain', 'x'])(
    'TK-16 a token request of type %s is refused',
    async (type) => {
      await expect(readForm(token('grant_type=refresh_token', type))).rejects.toThrow(
        invalidRequest,
      )
    },
  )

  it.each(['code=a&code=b', 'code=%zz', 'code=%ff', 'code=%c0%af', 'code=%00', 'code=%'])(
    'TK-17 a malformed token request is refused: %s',
    async (body) => {
      await expect(readForm(token(body))).rejects.toThrow(invalidRequest)
    },
  )

  it('TK-17 a token request makes no arrays, objects or prototypes', async () => {
    const form = await readForm(token('code[]=a&code[x]=b&__proto__[polluted]=1&__proto__=2'))
    expect(form.get('code')).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
    expect({}).not.toHaveProperty('polluted')
  })

  it('TK-17 a token request of a megabyte, or with 10,000 parameters, is refused with 413', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => `p${i}=`).join('&')
    for (const body of [`code=${'x'.repeat(1_000_000)}`, many, many.slice(0, 60_000)]) {
      await expect(readForm(token(body))).rejects.toMatchObject({
        code: 'invalid_request',
        status: 413,
      })
    }
  })
})

describe('RFC 6749 scope', () => {
  it('§3.3 is a list of case-sensitive strings whose order does not matter', () => {
    expect(parseScope('read write Read')).toEqual(['read', 'write', 'Read'])
    expect(formatScope(['read', 'write'])).toBe('read write')
  })

  it('§3.3 has one space between names, and no quotes, backslashes or other characters', () => {
    for (const value of ['a  b', ' a', 'a ', 'a\tb', 'a"b', 'a\\b', 'é']) {
      expect(() => parseScope(value)).toThrow(expect.objectContaining({ code: 'invalid_scope' }))
    }
  })
})
