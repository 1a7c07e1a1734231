import { describe, expect, it } from 'vitest'
import { loadKek } from './kek.ts'
import { runKekCommand } from './kek-command.ts'

const key = Buffer.from(Uint8Array.from({ length: 32 }, (_, i) => i * 5 + 3)).toString('base64')
const setting = 'vault.kek'

/** Runs a program of Node, in an environment that only it can see. */
function run(program: string, more: { passEnv?: string[]; timeLimit?: number } = {}) {
  const { passEnv = [], timeLimit = 10_000 } = more
  const environment: Record<string, string> = { KEK: key, HOME: '/home', AWS_REGION: 'eu' }
  const warnings: string[] = []
  const output = runKekCommand(
    { command: [process.execPath, '-e', program, 'canary-argument'], passEnv },
    {
      setting,
      timeLimit,
      readEnv: (name) => environment[name],
      onWarning: (warning) => void warnings.push(warning),
    },
  )
  return { output, warnings }
}

const configError = (problem: string) => ({
  code: 'config_error',
  path: setting,
  message: expect.stringContaining(problem),
})

describe('A program that prints the key', () => {
  it('is asked once, and its key is a key like any other', async () => {
    const command = [process.execPath, '-e', `console.log('${key}')`] as [string, ...string[]]
    const uses: string[] = []
    const { kek } = await loadKek(
      { command, passEnv: [] },
      { readEnv: () => undefined, onUse: (what, reason) => void uses.push(`${what}: ${reason}`) },
    )
    expect(Buffer.from(kek.reveal('testing')).toString('base64')).toBe(key)
    expect(uses).toEqual([`the program ${process.execPath}: testing`])
  })

  it('gets its arguments as they are, without a shell', async () => {
    const command = [process.execPath, '-p', 'process.argv.slice(1).join()', '$HOME', '`id`', 'a;b']
    const [program = '', ...args] = command
    const around = { setting, readEnv: () => undefined }
    const printed = await runKekCommand({ command: [program, ...args], passEnv: [] }, around)
    expect(printed).toBe('$HOME,`id`,a;b\n')
  })

  it('gets little of the environment, and what the settings name', async () => {
    const program = 'console.log(JSON.stringify(Object.keys(process.env).sort()))'
    expect(JSON.parse(await run(program).output)).toEqual(['HOME'])
    const { output } = run(program, { passEnv: ['AWS_REGION', 'NOT_SET'] })
    expect(JSON.parse(await output)).toEqual(['AWS_REGION', 'HOME'])
  })

  it('has nothing to wait for on standard input', async () => {
    const { output } = run("process.stdin.resume().on('end', () => console.log('over'))")
    expect(await output).toBe('over\n')
  })

  it('is quoted on stderr, without secrets and without the key', async () => {
    const program = `console.log('${key}'); console.error('token=abc1 ${key} fine')`
    const { output, warnings } = run(program)
    await output
    expect(warnings).toEqual([
      expect.stringMatching(/said: token=\[redacted:secret:[\da-f]{8}\] \[redacted\] fine$/),
    ])
  })
})

describe('FT-44 A start is refused', () => {
  const refused = async (output: Promise<string>, problem: string) => {
    const error = await output.catch((error: unknown) => error)
    expect(error).toMatchObject(configError(problem))
    expect(String(error)).not.toContain('canary-argument')
  }

  it('if the program fails, with its own words', async () => {
    const { output } = run("console.error('no such key'); process.exit(254)")
    await refused(output, 'failed with exit code 254. It said: no such key')
  })

  it('if it cannot be started', async () => {
    const around = { setting, readEnv: () => undefined }
    const command: [string, ...string[]] = ['/nowhere/kms', 'canary-argument']
    await refused(runKekCommand({ command, passEnv: [] }, around), 'could not be started (ENOENT)')
  })

  it('if it does not end, even with children that hold its output', async () => {
    const program = `require('node:child_process').spawn('sleep', ['3'], { stdio: 'inherit' }); setInterval(() => {}, 1000)`
    await refused(run(program, { timeLimit: 300 }).output, 'did not end within 0.3 s')
  })

  it('if it prints without end, on either stream', async () => {
    const flood = (stream: string) =>
      `setInterval(() => process.${stream}.write('x'.repeat(1e5)), 1)`
    await refused(run(flood('stdout')).output, 'printed too much')
    await refused(run(flood('stderr')).output, 'printed too much')
  })

  it('if it prints something else', async () => {
    const command = [process.execPath, '-p', '"not a key"'] as [string, ...string[]]
    const loading = loadKek({ command, passEnv: [] }, { readEnv: () => undefined })
    await expect(loading).rejects.toMatchObject(configError('does not hold 32 bytes'))
  })
})
