import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { launch } from './launch.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-launch-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Why a program did not start. */
async function failure(options: Parameters<typeof launch>[0]) {
  const launched = launch(options)
  if (!('failure' in launched)) {
    launched.process.kill('SIGKILL')
    throw new Error('The program started.')
  }
  return launched.failure
}

describe('launch', () => {
  it('names the program that is not there, but not its arguments', async () => {
    const error = await failure({ command: ['no-such-program', '--password=hunter2'] })
    expect(error).toMatchObject({
      code: 'child_not_started',
      message: 'The server behind the gateway could not be started.',
      detail:
        'cannot start no-such-program: there is no such program; install it or give its full path (ENOENT)',
    })
    expect(error.cause).toBeUndefined()
  })

  it('tells a missing directory from a missing program', async () => {
    const error = await failure({ command: ['node'], cwd: join(directory, 'gone') })
    expect(error.detail).toMatch(/^cannot start node: its directory .*gone does not exist$/)
  })

  it('says so when a program may not be executed', async () => {
    const program = join(directory, 'server')
    writeFileSync(program, '#!/bin/sh\n')
    chmodSync(program, 0o600)
    const error = await failure({ command: [program, 'hunter2'] })
    expect(error.detail).toContain(`cannot start ${program}: it may not be executed`)
    expect(error.detail).not.toContain('hunter2')
  })

  it('finds programs by the PATH that was configured for the child', async () => {
    const error = await failure({ command: ['node'], env: { PATH: directory } })
    expect(error.detail).toContain('there is no such program')
  })

  it.each([
    ['an empty program', { command: [''] }, 'the command is empty'],
    ['a NUL in an argument', { command: ['node', 'hunter2\0'] }, 'NUL character'],
    ['a NUL in a value', { command: ['node'], env: { KEY: 'hunter2\0' } }, 'variable KEY contains'],
    ['a name with =', { command: ['node'], env: { 'A=B': 'hunter2' } }, "'A=B' cannot name"],
    ['too much of it', { command: ['node', 'hunter2'.repeat(1e6)] }, 'E2BIG'],
  ] as const)('refuses %s, and shows no value', async (_, options, problem) => {
    const error = await failure(options)
    expect(error.detail).toContain(problem)
    expect(error.detail).not.toContain('hunter2')
  })
})
