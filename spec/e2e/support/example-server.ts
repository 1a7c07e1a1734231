/**
 * The example server of the official SDK, with its own authorization server: a protected server that
 * nobody here wrote.
 */

import { fileURLToPath } from 'node:url'
import { freePort } from './installation.ts'
import { Program } from './program.ts'

const examples = '@modelcontextprotocol/sdk/examples/server'
const program = (name: string) => fileURLToPath(import.meta.resolve(`${examples}/${name}.js`))

/** Starts it. @returns The address of its MCP server. */
export async function startExampleServer(...args: readonly string[]): Promise<string> {
  const [port, authorizationPort] = [await freePort(), await freePort()]
  const env = { MCP_PORT: String(port), MCP_AUTH_PORT: String(authorizationPort) }
  const running = new Program(process.execPath, [program('simpleStreamableHttp'), ...args], { env })
  await running.line(/MCP Streamable HTTP Server listening/)
  return `http://localhost:${port}/mcp`
}

/** Its browser: the user says yes to everything. */
export async function sayYes(authorizationUrl: string): Promise<URL> {
  const response = await fetch(authorizationUrl, { redirect: 'manual' })
  return new URL(response.headers.get('location') ?? '')
}
