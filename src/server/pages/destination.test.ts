import { describe, expect, it } from 'vitest'
import { parseDestination, parseHost } from './destination.ts'

const kindOf = (address: string) => parseDestination(address).kind

describe('where an address leads', () => {
  it('knows this computer by every way to write it', () => {
    for (const host of ['127.0.0.1', '127.1', '2130706433', '[::1]', 'localhost', 'a.localhost']) {
      expect(kindOf(`http://${host}:49152/cb`)).toBe('computer')
    }
  })

  it('does not take a look-alike for this computer', () => {
    for (const host of ['localhost.evil.test', '127.0.0.1.evil.test', 'xlocalhost', '128.0.0.1']) {
      expect(kindOf(`http://${host}/cb`)).toBe('web')
    }
  })

  it('names the host that is called, not what stands before an @', () => {
    expect(parseDestination('https://web.test@evil.test:8443/web.test').name).toBe('evil.test:8443')
  })

  it('names an app by its scheme', () => {
    expect(parseDestination('com.example.app:/cb')).toEqual({
      kind: 'app',
      name: 'com.example.app:',
      imitable: false,
    })
  })

  it('CN-09 shows a host of another alphabet in ASCII, and says so', () => {
    expect(parseDestination('https://p\u0430ypal.test/')).toEqual({
      kind: 'web',
      name: 'xn--pypal-4ve.test',
      imitable: true,
    })
    expect(parseDestination('https://paypal.test/').imitable).toBe(false)
  })

  it('leads nowhere for what a browser would run or read itself', () => {
    for (const address of [
      'javascript:alert(1)',
      'JAVA\tSCRIPT:alert(1)',
      ' data:text/html,x',
      'blob:https://web.test/x',
      'file:///etc/passwd',
      'view-source:https://web.test',
      'not an address',
      '',
    ]) {
      expect(kindOf(address)).toBe('unknown')
    }
  })

  it('does not show the scheme of an app as a host', () => {
    expect(parseHost('accounts.web.test:')).toMatchObject({
      kind: 'app',
      name: 'accounts.web.test:',
    })
  })

  it('reads a bare host, and repeats what is none', () => {
    expect(parseHost('web.test:8443').name).toBe('web.test:8443')
    expect(parseHost('an app\u202e here')).toMatchObject({ kind: 'unknown', name: 'an app here' })
  })
})
