/** `warder jwt` as a person types it, on tokens of a server that runs. */

import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  freePort,
  Installation,
  temporaryDirectory,
  WARDER,
  warder,
} from './support/installation.ts'
import { runProgram } from './support/program.ts'

let directory: string
beforeAll(async () => {
  directory = await temporaryDirectory()
})

const jwt = (args: readonly string[], input?: string, env: Record<string, string> = {}) =>
  warder(['jwt', ...args], { cwd: directory, env, ...(input === undefined ? {} : { input }) })

const issuer = 'https://auth.example.com'
const audience = 'https://api.example.com'

describe('warder jwt', () => {
  it('makes a key, signs with it, decodes and verifies, by pipes', async () => {
    const { code, stdout: jwks, stderr } = await jwt(['keygen', '--out', 'key.json'])
    expect(code, stderr).toBe(0)
    expect((await stat(join(directory, 'key.json'))).mode & 0o777).toBe(0o600)
    await writeFile(join(directory, 'jwks.json'), jwks)

    const claims = JSON.stringify({ iss: issuer, sub: 'alice', client_id: 'test' })
    const sign = ['sign', '--key', 'key.json', '--audience', `${audience}/`, '--claims', '-']
    const { stdout: token } = await jwt(sign, claims)

    const decoded = await jwt(['decode'], `Bearer ${token}`)
    expect(decoded).toMatchObject({ code: 0, stderr: '' })
    expect(decoded.stdout).toContain('Nothing here was verified.')
    expect(decoded.stdout).not.toContain(token.trim().split('.')[2])

    const verify = ['verify', '--jwk', 'jwks.json', '--issuer', issuer, '--alg', 'ES256']
    expect(await jwt([...verify, '--audience', `${audience}/`], token)).toMatchObject({ code: 0 })
    const refused = await jwt([...verify, '--audience', audience], token)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toBe(
      `error The token is refused: aud is ${audience}/, but ${audience} is expected (a trailing slash too many).\n`,
    )
    const { stdout } = await jwt([...verify, '--audience', audience, '--json'], token)
    expect(JSON.parse(stdout)).toMatchObject({ accepted: false, claims: { sub: 'alice' } })
  })

  it('reads standard input for one thing only', async () => {
    const { code, stderr } = await jwt(['verify', '--secret-file', '-'], 'e30.e30.e30')
    expect({ code, stderr }).toMatchObject({ code: 2 })
    expect(stderr).toContain('standard input is read already')
  })

  it('takes no secret as an argument', async () => {
    for (const args of [
      ['sign', '--secret', 'hunter2'],
      ['verify', '--secret', 'hunter2'],
    ]) {
      const { code, stderr } = await jwt(args)
      expect(code).toBe(2)
      expect(stderr).toContain("unknown option '--secret'")
      expect(stderr).not.toContain('hunter2')
    }
  })

  it('asks for the token on a terminal, is as wide as that, and coloured unless NO_COLOR', async () => {
    await jwt(['keygen', '--out', 'terminal.json'])
    const { stdout: token } = await jwt(['sign', '--key', 'terminal.json'])
    await writeFile(join(directory, 'token'), token)
    const show = `stty cols 40; ${process.execPath} ${WARDER} jwt decode --file token`
    const onTerminal = async (env: Record<string, string>) => {
      const options = { cwd: directory, env: { TERM: 'xterm', ...env } }
      return (await runProgram('script', ['-qec', show, '/dev/null'], options)).stdout
    }
    const esc = String.fromCharCode(27)
    expect(await onTerminal({})).toContain(`${esc}[1mHEADER`)
    const plain = await onTerminal({ NO_COLOR: '1' })
    expect(plain).not.toContain(esc)
    for (const line of plain.split(/\r?\n/)) expect(line.length).toBeLessThanOrEqual(40)
  })
})

describe('warder jwt verify', () => {
  it('finds the keys of an issuer that runs, and says which check its token fails', async () => {
    const installation = await Installation.make()
    const grant = ['--grant', 'client_credentials', '--auth-method', 'client_secret_post']
    const client = await installation.addClient('Nightly', ...grant, '--scope', 'demo:use')
    await installation.start()
    const resource = installation.mcp('everything')
    const answer = await fetch(`${installation.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'demo:use',
        resource,
        client_id: client.client_id,
        client_secret: client.client_secret ?? '',
      }),
    })
    const { access_token: token } = await answer.json()
    const expecting = (iss: string, aud: string) =>
      jwt(['verify', '--env', 'TOKEN', '--issuer', iss, '--audience', aud], undefined, {
        TOKEN: token,
      })

    const good = await expecting(installation.issuer, resource)
    expect(good.code, good.stderr).toBe(0)
    expect(good.stdout).toContain('ACCEPTED  a guard that expects this lets it in')
    expect(good.stdout).toContain(`${installation.issuer}/.well-known/jwks.json`)
    const elsewhere = await expecting(installation.issuer, `${resource}/`)
    expect(elsewhere.code).toBe(1)
    expect(elsewhere.stderr).toContain('a trailing slash is missing')
    const other = await expecting(`${installation.issuer}/`, resource)
    expect(other.code).toBe(1)
    expect(other.stderr).toContain('The metadata says that its issuer is')
  })

  it('ends with 3 and the reason if the keys cannot be fetched', async () => {
    await writeFile(join(directory, 'any'), 'e30.e30.e30')
    const url = `http://127.0.0.1:${await freePort()}/jwks`
    const { code, stdout, stderr } = await jwt(['verify', '--file', 'any', '--jwks', url])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/^error The keys cannot be fetched\. http:.*ECONNREFUSED/)
  })
})
