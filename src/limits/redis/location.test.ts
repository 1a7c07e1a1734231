import { describe, expect, it } from 'vitest'
import { parseRedisUrl } from './location.ts'

describe('The URL of a Redis', () => {
  it.each([
    ['redis://h', { host: 'h', port: 6379, tls: false, database: 0 }],
    ['redis://h/', { host: 'h', database: 0 }],
    ['rediss://h:7000/3', { host: 'h', port: 7000, tls: true, database: 3 }],
    ['redis://[::1]:6380', { host: '::1', port: 6380 }],
    ['redis://:p%40ss@h', { username: undefined, password: 'p@ss' }],
    ['redis://user:a%3Ab%2F@h', { username: 'user', password: 'a:b/' }],
  ])('%s', (url, location) => {
    expect(parseRedisUrl(url)).toMatchObject(location)
  })

  it.each([
    'canary',
    'http://canary',
    'redis://',
    'redis:///1',
    'redis://u:canary@h/db',
    'redis://u:canary@h/1?tls=true',
    'redis://u:canary@h#x',
    'redis://u:canary%zz@h',
    'redis://u:canary@h:99999',
    'redis://u:can/ary@h',
  ])('%s is refused, and not repeated', (url) => {
    const refusal = (() => {
      try {
        return parseRedisUrl(url)
      } catch (error) {
        return error
      }
    })()
    expect(refusal).toMatchObject({ name: 'ConfigError', path: 'limits.url' })
    expect(String(Object(refusal).stack)).not.toContain('canary')
    expect(JSON.stringify(refusal)).not.toContain('can/ary')
    expect(Object(refusal).cause).toBeUndefined()
  })
})
