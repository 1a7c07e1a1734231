/** The audit log as an operator reads and checks it: with the built command line. */

import { join } from 'node:path'
import Database from 'libsql'
import { beforeAll, describe, expect, it } from 'vitest'
import { Installation, startWarder } from './support/installation.ts'

let installation: Installation
const type = (line: string) => installation.command(line.split(' '))
/** The objects that a command printed, one a line. */
const lines = async (line: string): Promise<Record<string, string>[]> => {
  const { code, stdout, stderr } = await type(line)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.split('\n').flatMap((text) => (text === '' ? [] : [JSON.parse(text)]))
}

beforeAll(async () => {
  installation = await Installation.make()
  await installation.addUser('alice@example.com')
})

describe('warder events', () => {
  it('shows what happened, to people and to machines, all of it or a part', async () => {
    const { stdout } = await type('events')
    expect(stdout).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}user\.created +subject=\S+ flow=\S+$/m,
    )
    const all = await lines('events --json')
    expect(all.map((event) => event.type)).toContain('user.created')
    const [created, ...others] = await lines('events --json --type user.*')
    expect([created?.type, others]).toEqual(['user.created', []])
    expect(await lines(`events --json --correlation ${created?.correlationId}`)).toEqual([created])
    expect(await lines('events --json --since 2100-01-01')).toEqual([])
  })

  it('says when there is nothing, and what is wrong with a question', async () => {
    const { stdout } = await type('events --since 2100-01-01')
    expect(stdout).toContain('Nothing. Go further back')
    expect(await type('events --since yesterday')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--since: is no time.'),
    })
    expect(await type('events --type user')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--type: is no type of event.'),
    })
  })

  it('follows what other processes do, until it is told to stop', async () => {
    const following = startWarder(['events', '--follow', '--json', '--type', 'user.*'], {
      cwd: installation.directory,
    })
    await following.line(/user\.created/)
    await installation.addUser('bob@example.com')
    await expect
      .poll(() => following.lines.filter((line) => line.includes('user.created')), {
        timeout: 10_000,
      })
      .toHaveLength(2)
    expect(await following.end('SIGINT')).toMatchObject({ code: 0 })
  })
})

describe('warder why', () => {
  it('explains an event with its whole flow, and knows when it knows nothing', async () => {
    const [created] = await lines('events --json --type user.created')
    const { stdout } = await type(`why ${created?.id}`)
    expect(stdout).toContain('user.created  An account was created.  ← this one')
    const flow = JSON.parse((await type(`why ${created?.correlationId} --json`)).stdout)
    expect(flow).toMatchObject([{ id: created?.id, means: 'An account was created.' }])
    expect(await type('why nothing-of-that-name')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Nothing is known of “nothing-of-that-name”'),
    })
  })
})

describe('warder events verify', () => {
  it('finds the log whole, and then that somebody changed the database', async () => {
    const whole = await type('events verify')
    expect(whole).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Everything is as it was written.'),
    })
    const database = new Database(join(installation.directory, 'data', 'warder.db'))
    database.exec("update events set event = replace(event, 'user.created', 'user.changed')")
    database.close()
    const broken = await type('events verify')
    expect(broken.code).toBe(1)
    expect(broken.stdout).toMatch(/BROKEN {4}an event was changed, or is forged: \S+ of stream \S+/)
    expect(broken.stderr).toContain('The audit log is not as it was written')
    const json = await type('events verify --json')
    expect(JSON.parse(json.stdout).breaks.length).toBeGreaterThan(0)
  })
})
