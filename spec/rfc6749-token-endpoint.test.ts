import { describe, expect, it } from 'vitest'
import { authorizationServer } from './support/authorization-server.ts'
import { outcome } from './support/requests.ts'

describe('RFC 6749 §5.2 Error response', () => {
  it('invalid_client: an unsupported authentication method, answered with 401 and the scheme that is supported', async () => {
    const rig = await authorizationServer()
    const form = { grant_type: 'refresh_token', client_id: 'pub', refresh_token: 'x' }
    const response = await rig.post('/token', form, { authorization: 'Bearer abc' })
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm="https:\/\/as\.test"/)
    expect(await outcome(response)).toBe('401 invalid_client')
  })
})
