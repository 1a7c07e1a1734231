/**
 * Opening an address in the person's browser. The address comes from a server, so it is checked, written
 * anew by the URL parser, and handed over as one argument: no shell ever sees it.
 *
 * @see {@link https://www.cve.org/CVERecord?id=CVE-2025-6514 | CVE-2025-6514} for what a shell makes of it
 * @module
 */

import { spawn } from 'node:child_process'
import { checkOpenableUrl } from '../outward-url.ts'

/** What this depends on of the machine. */
export interface BrowserSurroundings {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  /** Starts a program that nobody waits for; tells whether it started. */
  readonly start: (program: string, args: readonly string[]) => Promise<boolean>
}

/** This machine. */
const thisMachine = (): BrowserSurroundings => ({
  platform: process.platform,
  env: process.env,
  start: startDetached,
})

/**
 * Opens an address.
 *
 * @returns Whether something was started to open it. If not, show the address to the person instead.
 * @throws {ClientError} `url_refused` if it must not be opened.
 */
export async function openBrowser(
  url: string,
  surroundings: BrowserSurroundings = thisMachine(),
): Promise<boolean> {
  const address = checkOpenableUrl(url)
  const opener = openerOf(surroundings)
  return opener === undefined
    ? false
    : surroundings.start(opener.program, [...opener.args, address])
}

interface Opener {
  readonly program: string
  readonly args: readonly string[]
}

function openerOf({ platform, env }: BrowserSurroundings): Opener | undefined {
  // The person sits at another machine than this.
  if (isSet(env.SSH_CONNECTION) || isSet(env.SSH_TTY)) return undefined
  switch (platform) {
    case 'darwin':
      return { program: '/usr/bin/open', args: [] }
    case 'win32': {
      // By its whole path: Windows looks into the current directory first.
      const root = env.SystemRoot ?? 'C:\\Windows'
      return {
        program: `${root}\\System32\\rundll32.exe`,
        args: ['url.dll,FileProtocolHandler'],
      }
    }
    default:
      if (!isSet(env.DISPLAY) && !isSet(env.WAYLAND_DISPLAY)) return undefined
      return { program: 'xdg-open', args: [] }
  }
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== ''

const startDetached = (program: string, args: readonly string[]): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(program, args, { shell: false, detached: true, stdio: 'ignore' })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
