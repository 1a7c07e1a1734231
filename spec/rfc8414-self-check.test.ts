import { describe, expect, it } from 'vitest'
import { checkSelf } from 'warder/server'

const issuer = 'https://auth.example.com/tenant'

/** Looks at a server that answers so; gives what was asked, warned and refused. */
async function look(answer: () => Promise<Response>) {
  const asked: string[] = []
  const warned: string[] = []
  const fetch = async (url: string | URL | Request) => {
    asked.push(String(url))
    return answer()
  }
  const options = { issuer, fetch, onWarning: (warning: string) => void warned.push(warning) }
  const error = await checkSelf(options).catch((error: unknown) => error)
  return { asked, warned, error }
}

describe('RFC 8414 OAuth 2.0 Authorization Server Metadata', () => {
  it('§3.3 the issuer MUST be identical: a server that finds itself so runs', async () => {
    const { asked, warned, error } = await look(async () => Response.json({ issuer }))
    expect(error).toBeUndefined()
    expect(warned).toEqual([])
    expect(asked).toEqual([
      'https://auth.example.com/.well-known/oauth-authorization-server/tenant',
    ])
  })

  it.each(['https://auth.example.com/tenant/', 'http://auth.example.com/tenant', undefined])(
    '§3.3 if they are not identical, the metadata MUST NOT be used: %s refuses to run',
    async (found) => {
      const { error } = await look(async () => Response.json({ issuer: found }))
      expect(error).toMatchObject({ name: 'ConfigError', path: 'issuer' })
    },
  )

  it('an address that cannot be reached from inside is a warning: a proxy may come up later', async () => {
    const { warned, error } = await look(() => Promise.reject(new Error('no route')))
    expect(error).toBeUndefined()
    expect(warned).toHaveLength(1)
  })
})
