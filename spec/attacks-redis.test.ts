/** What happens while Redis hangs, is gone, is full, or will never do: FT-13, FT-15 and FT-32. */

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createWarder } from 'warder'
import { LimitsUnavailable } from 'warder/limits'
import { startRedis } from '../scripts/services/index.mjs'
import { read } from './house/tree.ts'
import { freePort, type LimitsProcess, redisForTests, until } from './support/redis.ts'

const redis = redisForTests({ settings: { maxmemory: '64mb' } })

const rule = { perMinute: 1, burst: 5 }
const lastEvent = ({ events }: LimitsProcess) => events.at(-1)?.type
const isBack = (process: LimitsProcess) =>
  until(() => lastEvent(process) === 'limits.back', 'Redis is back')
const isAway = (process: LimitsProcess) =>
  until(() => lastEvent(process) === 'limits.away', 'Redis is away')

describe('A Redis that hangs', () => {
  it('FT-13 holds nobody up for longer than its deadline, and then nobody at all', async () => {
    const process = await redis.process({ settings: { timeout: 50 } })
    const limiter = process.limits.rateLimiter('hang', rule)
    await limiter.take('key')
    await redis.whileFrozen(async () => {
      const started = performance.now()
      const decisions = await Promise.all(Array.from({ length: 20 }, () => limiter.take('key')))
      expect(performance.now() - started).toBeLessThan(1_000)
      // One was spent before the outage: the process has its own count of it.
      expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(4)
      expect(process.events).toMatchObject([
        { type: 'limits.away', reason: 'it did not answer within 50 ms' },
      ])
    })
    const continued = performance.now()
    await isBack(process)
    expect(performance.now() - continued).toBeLessThan(2_000)
    expect(process.events.map(({ type }) => type)).toEqual(['limits.away', 'limits.back'])
  })

  it('FT-13 does not hold up the start', async () => {
    const process = await redis.whileFrozen(async () => {
      const process = await redis.process({ settings: { timeout: 50 } })
      expect(process.events).toMatchObject([{ type: 'limits.away', reason: 'it did not answer' }])
      expect(await process.limits.rateLimiter('start', rule).take('key')).toMatchObject({
        allowed: true,
      })
      return process
    })
    await isBack(process)
  })
})

describe('A Redis that is gone', () => {
  it('FT-32 leaves the local limit: no sign-in without one', async () => {
    const process = await redis.process()
    const limiter = process.limits.rateLimiter('sign-in', { ...rule, guardsSignIn: true })
    await redis.service().halt('SIGKILL')
    const decisions = await Promise.all(Array.from({ length: 500 }, () => limiter.take('sprayer')))
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(5)
    await redis.service().start()
    await isBack(process)
  })

  it('FT-32 refuses sign-ins, and nothing else, if the operator wants it so', async () => {
    const process = await redis.process({ settings: { whenAway: 'refuse' } })
    const signIn = process.limits.rateLimiter('sign-in', { ...rule, guardsSignIn: true })
    const token = process.limits.rateLimiter('token', rule)
    expect(await signIn.take('a')).toMatchObject({ allowed: true })
    await redis.service().halt('SIGKILL')
    await isAway(process)
    await expect(signIn.take('a')).rejects.toThrow(LimitsUnavailable)
    expect(await token.take('a')).toMatchObject({ allowed: true })
    await redis.service().start()
    await isBack(process)
    expect(await signIn.take('a')).toMatchObject({ allowed: true })
  })

  it('is found again, and what changed meanwhile is in doubt', async () => {
    const process = await redis.process()
    const heard: (string | undefined)[] = []
    process.limits.invalidation.subscribe('keys', (key) => heard.push(key))
    await until(() => heard.splice(0).includes(undefined), 'the doubt of the beginning')
    await redis.service().halt('SIGKILL')
    await isAway(process)
    process.limits.invalidation.publish('keys', 'said here meanwhile')
    await redis.service().start()
    await until(() => heard.includes(undefined), 'the doubt')
    const other = await redis.process()
    await until(() => {
      other.limits.invalidation.publish('keys', 'said there')
      return heard.includes('said there')
    }, 'the word of another process')
    expect(heard.slice(0, 2)).toEqual(['said here meanwhile', undefined])
  })

  it('keeps nothing open once the limits are closed', async () => {
    const process = await redis.process()
    const clients = async () =>
      String(await redis.command('CLIENT', 'LIST'))
        .trim()
        .split('\n')
    const before = (await clients()).length
    await process.limits.close()
    await until(async () => (await clients()).length === before - 1, 'the connection is closed')
    expect(process.events).toEqual([])
  })
})

describe('A Redis that is full', () => {
  it('FT-15 counts as away, and nothing is forgotten to make room', async () => {
    const process = await redis.process()
    const { limits, platform } = process
    const claim = (jti: string) =>
      limits.replays.claim({
        ...{ kind: 'dpop', parts: [jti] },
        ...{ issuedAt: platform.now(), expiresAt: platform.now() + 600_000 },
      })
    expect(await claim('first')).toBe(true)
    await redis.command('CONFIG', 'SET', 'maxmemory', '1')
    await expect(claim('second')).rejects.toThrow(LimitsUnavailable)
    const limiter = limits.rateLimiter('full', rule)
    const decisions = await Promise.all(Array.from({ length: 20 }, () => limiter.take('key')))
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(5)
    const received = async () =>
      Number(/total_connections_received:(\d+)/.exec(String(await redis.command('INFO')))?.[1])
    const before = await received()
    let own = 0
    await until(async () => (await received()) - before - ++own >= 3, 'a few attempts to come back')
    expect(process.events).toMatchObject([{ type: 'limits.away', reason: 'it answered OOM' }])
    await redis.command('CONFIG', 'SET', 'maxmemory', '64mb')
    await isBack(process)
    expect(await claim('first')).toBe(false)
    expect(await redis.command('INFO', 'stats')).toContain('evicted_keys:0')
  }, 30_000)

  it('SD-07 is refused at the start if it would forget keys then', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'volatile-lru')
    await expect(redis.process()).rejects.toThrow(
      'limits.url: is a Redis that forgets keys when its memory is full (maxmemory-policy volatile-lru). Set maxmemory-policy to noeviction.',
    )
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  })
})

describe('A Redis between processes', () => {
  it('FT-23 tells each of them when a signing key is withdrawn', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'warder-keys-'))
    const settings = {
      ...{ issuer: 'http://localhost:4000', data: directory },
      limits: { url: redis.service().url },
    }
    // Neither looks by itself.
    const open = () => createWarder(settings, { upkeep: false })
    const [one, two] = [await open(), await open()]
    const published = async () => {
      const answer = await two.fetch(new Request('http://localhost:4000/.well-known/jwks.json'))
      const { keys } = (await answer.json()) as { keys: readonly { readonly kid: string }[] }
      return keys.map(({ kid }) => kid)
    }
    const [kid = ''] = await published()
    const successor = await one.keys.retire(kid)
    await one.close()
    await until(async () => !(await published()).includes(kid), 'the key is gone')
    expect(await published()).toContain(successor.kid)
    await two.close()
    rmSync(directory, { recursive: true })
  })
})

describe('A Redis that forgets its scripts', () => {
  it('is told them again', async () => {
    const { limits, platform, events } = await redis.process()
    const times = { issuedAt: platform.now() + 1, expiresAt: platform.now() + 60_000 }
    const claim = (jti: string) => limits.replays.claim({ kind: 'dpop', parts: [jti], ...times })
    expect(await claim('before')).toBe(true)
    await redis.command('SCRIPT', 'FLUSH')
    expect(await claim('after')).toBe(true)
    expect(await claim('before')).toBe(false)
    expect(events).toEqual([])
  })
})

describe('A Redis that will never do', () => {
  const rejection = async (url: string) => {
    const error: unknown = await redis.process({ url }).catch((error) => error)
    if (!(error instanceof Error)) throw new Error('It was taken.')
    return error
  }

  it('is refused at the start, and the password is not repeated', async () => {
    const error = await rejection(redis.service().url.replace('redis://:', 'redis://:x'))
    expect(error).toMatchObject({ name: 'ConfigError', path: 'limits.url' })
    expect(error.message).toContain('does not let Warder in')
    const { password } = redis.service()
    expect(JSON.stringify({ ...error, ...Object(error.cause) }) + error.stack).not.toContain(
      password,
    )
  })

  it('is refused without a password, where it wants one', async () => {
    const { port } = redis.service()
    expect((await rejection(`redis://127.0.0.1:${port}`)).message).toContain(
      'does not let Warder in',
    )
  })

  it('is refused if the user may not do what is needed', async () => {
    await redis.command('ACL', 'SETUSER', 'reader', 'on', '>pw', '~*', '+@read', '+hello', '+info')
    const { port } = redis.service()
    const error = await rejection(`redis://reader:pw@127.0.0.1:${port}`)
    expect(error.message).toContain('docs/limits.md')
  })

  it('will do if the user may do what docs/limits.md says, and no more', async () => {
    const [, rules = ''] = /^ACL SETUSER warder (.*)$/m.exec(read('docs/limits.md')) ?? []
    await redis.command('ACL', 'SETUSER', 'warder', ...rules.split(' '))
    const { port } = redis.service()
    const process = await redis.process({ url: `redis://warder:PASSWORD@127.0.0.1:${port}` })
    const { limits, platform } = process
    const heard: (string | undefined)[] = []
    limits.invalidation.subscribe('keys', (key) => heard.push(key))
    await limits.rateLimiter('acl', rule).take('key')
    const times = { issuedAt: platform.now() + 1, expiresAt: platform.now() + 60_000 }
    expect(await limits.replays.claim({ kind: 'acl', parts: [], ...times })).toBe(true)
    await redis.command('SCRIPT', 'FLUSH')
    await limits.rateLimiter('acl', rule).take('key')
    await until(() => heard.includes(undefined), 'the doubt of the beginning')
    limits.invalidation.publish('keys', 'changed')
    await limits.rateLimiter('acl', rule).take('key')
    expect(process.events).toEqual([])
  })

  it('is refused if nobody trusts its certificate', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'warder-redis-tls-'))
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    execFileSync(
      'openssl',
      ['req', '-x509', ...curve, ...names, '-days', '2', '-keyout', key, '-out', certificate],
      { stdio: 'ignore' },
    )
    for (const [path, mode] of [
      [directory, 0o755],
      [key, 0o644],
    ] as const)
      chmodSync(path, mode)
    const port = await freePort()
    const server = await startRedis({
      settings: {
        'tls-port': port,
        'tls-key-file': key,
        'tls-cert-file': certificate,
        'tls-auth-clients': 'no',
      },
    })
    try {
      const { message } = await rejection(`rediss://:${server.password}@127.0.0.1:${port}`)
      expect(message).toContain('whose certificate is not trusted')
    } finally {
      await server.stop()
      rmSync(directory, { recursive: true })
    }
  })

  it('is refused if it has no such database', async () => {
    expect((await rejection(`${redis.service().url}/99`)).message).toContain(
      'refused the handshake',
    )
  })
})
