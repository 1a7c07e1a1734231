import { describe, expect, it } from 'vitest'
import { merged, withHeaders } from './answer-headers.ts'

describe('The headers of an answer', () => {
  const fields = [
    ['cache-control', 'no-store'],
    ['vary', 'Authorization'],
  ] as const

  it('are put on the answer itself where they can be', () => {
    const answer = new Response('a')
    expect(withHeaders(answer, fields)).toBe(answer)
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('are put on a copy of an answer that cannot be changed', async () => {
    const answer = Response.redirect('https://app.test/', 303)
    const { status, headers } = withHeaders(answer, fields)
    expect(status).toBe(303)
    expect(Object.fromEntries(headers)).toEqual({
      location: 'https://app.test/',
      ...Object.fromEntries(fields),
    })
  })

  it('leave what the handler has set, and add to a list', () => {
    expect(merged('cache-control', 'no-store', 'public')).toBe('public')
    expect(merged('vary', 'Authorization', 'Origin')).toBe('Origin, Authorization')
    expect(merged('vary', 'Authorization', ['Origin', 'Accept'])).toBe(
      'Origin,Accept, Authorization',
    )
    expect(merged('vary', 'Authorization', null)).toBe('Authorization')
  })
})
