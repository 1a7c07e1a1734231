/** `npm start`, as whoever cloned the project types it, and the example that drives it. */

import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from 'vitest'
import { freePort, temporaryDirectory } from './support/installation.ts'
import { Program, runProgram } from './support/program.ts'

const example = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))

let demo: Program
let issuer: string
beforeAll(async () => {
  issuer = `http://localhost:${await freePort()}`
  demo = await startDemo(await temporaryDirectory())
})

async function startDemo(data: string): Promise<Program> {
  const env = { WARDER_ISSUER: issuer, WARDER_DATA: data }
  const started = new Program(process.execPath, [example('demo.mjs')], { env })
  await started.line(/Connect a client/)
  return started
}

/** The password that the demo printed. */
async function printedPassword(): Promise<string> {
  const [, password = ''] = /^ {2}password {2}(\S+)$/.exec(await demo.line(/^ {2}password/)) ?? []
  return password
}

const connect = (env: Readonly<Record<string, string>>) =>
  runProgram(process.execPath, [example('connect.mjs')], {
    env: { WARDER_URL: `${issuer}/mcp/everything`, ...env },
  })

it('prints what there is, and is driven by an example with a client nobody here wrote', async () => {
  await demo.line(new RegExp(`issuer    ${issuer}$`))
  await demo.line(new RegExp(`\\$ npx mcp-remote ${issuer}/mcp/everything$`))
  const { code, stdout, stderr } = await connect({ WARDER_PASSWORD: await printedPassword() })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('401, and where to sign in')
  expect(stdout).toContain('403, and the scope that it needs: demo:admin')
  expect(stdout).toContain('Everything was as it should be.')
})

it('the example fails when something does not hold', async () => {
  expect((await connect({ WARDER_PASSWORD: 'not the password' })).code).toBe(1)
  expect((await connect({ WARDER_PASSWORD: '' })).code).toBe(2)
})

it('stops when it is told to', async () => {
  const { code } = await demo.end('SIGINT')
  expect(code).toBe(0)
})
