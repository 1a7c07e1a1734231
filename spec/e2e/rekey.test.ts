/** Keys as an operator changes them: with the built command line, while a server runs. */

import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { freePort, startWarder, temporaryDirectory, warder } from './support/installation.ts'

const env = {
  FIRST: randomBytes(32).toString('base64'),
  SECOND: randomBytes(32).toString('base64'),
}

let cwd: string
let issuer: string
beforeAll(async () => {
  cwd = await temporaryDirectory()
  issuer = `http://localhost:${await freePort()}`
})

/** A configuration of the one installation there is. */
async function configured(name: string, vault: object): Promise<readonly string[]> {
  await writeFile(join(cwd, name), JSON.stringify({ issuer, data: join(cwd, 'data'), vault }))
  return ['--config', name]
}

const kidOf = async () => {
  const { keys } = await (await fetch(`${issuer}/.well-known/jwks.json`)).json()
  return keys[0].kid
}

describe('warder rekey', () => {
  it('changes the key-encryption key and the data key while a server runs', async () => {
    const old = await configured('old.json', { kek: { env: 'FIRST' } })
    const both = await configured('both.json', {
      kek: { env: 'SECOND' },
      previousKeks: [{ env: 'FIRST' }],
    })
    const fresh = await configured('fresh.json', { kek: { env: 'SECOND' } })

    const serving = startWarder(['serve', ...old], { cwd, env })
    await serving.line(/Warder is running/)
    const kid = await kidOf()
    const tooEarly = await warder(['key', 'list', ...fresh], { cwd, env })
    expect(tooEarly).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('vault.kek: is not'),
    })

    const planned = await warder(['rekey', '--dry-run', ...both], { cwd, env })
    expect(planned.stdout).toContain('2 data keys to wrap anew')
    const done = await warder(['rekey', '--new-data-key', '--json', ...both], { cwd, env })
    expect(JSON.parse(done.stdout)).toMatchObject({
      rewrapped: 2,
      resealed: 1,
      keks: [
        { use: 'primary', dataKeys: 3 },
        { use: 'previous', dataKeys: 0 },
      ],
      left: { dataKeys: 0, records: 0 },
    })
    expect(await kidOf()).toBe(kid)
    expect((await serving.end('SIGTERM')).code).toBe(0)

    const again = startWarder(['serve', ...fresh], { cwd, env })
    await again.line(/Warder is running/)
    expect(await kidOf()).toBe(kid)
    await again.end('SIGTERM')
    const tooLate = await warder(['serve', ...old], { cwd, env })
    expect(tooLate).toMatchObject({ code: 2, stderr: expect.stringContaining('vault.kek: is not') })
    const everything = [planned, done, tooEarly, tooLate].flatMap((each) => [
      each.stdout,
      each.stderr,
    ])
    for (const key of Object.values(env)) expect(everything.join('')).not.toContain(key)
  })

  it('asks a program for the key', async () => {
    const command = [process.execPath, '-p', 'process.env.SECOND']
    const file = await configured('program.json', { kek: { command, passEnv: ['SECOND'] } })
    const { code, stdout } = await warder(['rekey', ...file], { cwd, env })
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('Nothing is left'),
    })
  })
})

describe('An error that nobody caught', () => {
  it.each([
    ['thrown', 'setTimeout(() => { throw error }, 1)'],
    ['rejected', 'Promise.reject(error)'],
    ['rejected with a text', 'Promise.reject(error.message)'],
  ])('is told without the secrets in it: %s', async (_, action) => {
    const secret = randomBytes(16).toString('hex')
    const program = `
      const cause = { headers: { authorization: 'Bearer ${secret}' } }
      const error = new Error('https://a.test/?access_token=${secret}', { cause })
      ${action}
      await new Promise((resolve) => setTimeout(resolve, 5_000))
      export default {}`
    await writeFile(join(cwd, 'faulty.config.mjs'), program)
    const ended = await warder(['key', 'list', '--config', 'faulty.config.mjs'], { cwd })
    expect(ended.code).toBe(3)
    expect(ended.stderr).toMatch(/^error /)
    expect(ended.stderr).toMatch(/\[redacted:[a-z]+:[\da-f]{8}\]/)
    expect(ended.stderr).not.toContain(secret)
  })
})
