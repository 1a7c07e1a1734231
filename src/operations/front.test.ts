import { describe, expect, it } from 'vitest'
import { createFront } from './front.ts'
import { createHealth } from './health.ts'

const platform = { now: () => 0, random: (length: number) => new Uint8Array(length) }

/** A front whose server answers at once, and the paths in the order in which it was asked for them. */
function front() {
  const asked: string[] = []
  const answer = createFront({
    health: createHealth({ checks: [], platform, onChange: () => {} }),
    journal: { isRefusing: () => false },
    gateway: { fetch: async () => undefined },
    server: {
      names: new Map([
        ['/authorize', 'authorize'],
        ['/token', 'token'],
      ]),
      async fetch({ url }) {
        asked.push(new URL(url).pathname)
        return new Response()
      },
    },
    trustedProxies: [],
    onWarning: () => {},
  })
  const ask = (path: string) => answer(new Request(`http://localhost:4000${path}`))
  return { asked, ask }
}

describe('The front', () => {
  it('FT-31 lets tokens of a round go on together, and past pages that wait for their turn', async () => {
    const { asked, ask } = front()
    const paths = ['/authorize', '/authorize', '/authorize', '/token', '/token']
    await Promise.all(paths.map(ask))
    expect(asked.slice(0, 3).sort()).toEqual(['/authorize', '/token', '/token'])
    expect(asked.slice(3)).toEqual(['/authorize', '/authorize'])
  })

  it('does not let what nobody has an address for hold up those who sign in', async () => {
    const { asked, ask } = front()
    const strangers = Array.from({ length: 20 }, () => ask('/wp-login.php'))
    await Promise.all([...strangers, ask('/authorize')])
    expect(asked.indexOf('/authorize')).toBeLessThan(3)
  })
})
