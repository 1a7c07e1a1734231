/**
 * How a person is asked to sign in: in a browser that comes back to this machine, with a code on another
 * one, or by bringing the address that a browser elsewhere was sent to.
 *
 * On standard error, because standard output is for what a program reads.
 *
 * @module
 */

import type { LoopbackHost } from '../../client/callback/listening.ts'
import { type PasteRequest, paste } from '../../client/callback/paste.ts'
import { type SignInWay, withBrowser, withDeviceCode } from '../../client/callback/ways.ts'
import { ConfigError, WarderError } from '../../errors.ts'
import { tell } from '../output.ts'

/** The name that this program has on pages and in registrations. */
export const CLIENT_NAME = 'Warder'

/** Where a browser comes back to. */
export interface ReturnAddress {
  readonly port?: number | undefined
  readonly host?: string | undefined
  readonly path?: string | undefined
}

/** How to ask. */
export interface AskingOptions extends ReturnAddress {
  readonly way: 'browser' | 'device' | 'paste'
  /** How long a person may take, in milliseconds. */
  readonly timeoutMs?: number | undefined
  /** More parameters of the authorization request. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
}

/** Makes the way to ask. @throws {ConfigError} for a return address that cannot be one. */
export function asking(options: AskingOptions): SignInWay {
  const way = wayOf(options)
  const { parameters } = options
  return (need) => {
    if (need.added.length > 0) tell(`New is: ${need.added.join(' ')}`)
    return way({ ...need, begin: (more) => need.begin({ ...more, ...orNothing({ parameters }) }) })
  }
}

function wayOf(options: AskingOptions): SignInWay {
  if (options.way === 'device') {
    return withDeviceCode(({ userCode, verificationUri, verificationUriComplete }) => {
      tell(`To sign in, open ${verificationUri} on any machine and enter the code ${userCode}`)
      if (verificationUriComplete !== undefined) tell(`Or open ${verificationUriComplete}`)
    })
  }
  const { port, timeoutMs, path = '/oauth/callback' } = options
  const host = hostOf(options.host ?? (port === undefined ? '127.0.0.1' : 'localhost'))
  if (options.way === 'paste') {
    const redirectUri = `http://${host}${port === undefined ? '' : `:${port}`}${path}`
    return withBrowser(paste({ ask: askForAddress, redirectUri }))
  }
  return async (need) => {
    // With the pages that it shows; most of the time nobody is asked anything.
    const { loopback } = await import('../../client/callback/loopback.ts')
    const agent = loopback({
      ...{ clientName: CLIENT_NAME, host, path },
      ...orNothing({ timeoutMs, ports: port === undefined ? undefined : [port] }),
      notify: ({ url, opened }) => tell(opened ? opening(url) : notOpened(url)),
    })
    await withBrowser(agent)(need)
  }
}

const opening = (url: string) => `Sign in with your browser. If no page has opened, open:\n${url}`

const notOpened = (url: string) =>
  `Open this address in a browser on this machine to sign in:\n${url}\n` +
  'Is your browser elsewhere? Sign in beforehand with: warder login URL --device (or --paste)'

function hostOf(host: string): LoopbackHost {
  if (host === '127.0.0.1' || host === 'localhost' || host === '[::1]') return host
  if (host === '::1') return '[::1]'
  throw new ConfigError('--host', 'must be 127.0.0.1, localhost or ::1.')
}

async function askForAddress({ url, warning, problem, signal }: PasteRequest): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new WarderError('no_terminal', 'There is no terminal to paste to. Use --device.')
  }
  const { isCancel, text } = await import('@clack/prompts')
  if (problem !== undefined) tell(problem)
  tell(`Open this address in a browser, and sign in:\n${url}\n`)
  tell('It ends at a page that cannot be shown. Copy the whole address of that page.')
  const answer = await text({
    ...{ message: `${warning}\nThe address`, output: process.stderr },
    ...orNothing({ signal }),
  })
  if (isCancel(answer)) throw new WarderError('cancelled', 'Nobody was signed in.')
  return answer ?? ''
}

/** Without the members that are undefined. */
function orNothing<Members extends object>(
  members: Members,
): { [Name in keyof Members]?: Exclude<Members[Name], undefined> } {
  const given = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as {
    [Name in keyof Members]?: Exclude<Members[Name], undefined>
  }
}
