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
import type { SignedIn } from '../../client/sign-in.ts'
import { ConfigError, WarderError } from '../../errors.ts'
import { tell, visible } from '../output.ts'

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
  /** Told who it was, before anything is done with what they gave. */
  readonly onSignedIn?: ((signedIn: SignedIn) => void) | undefined
}

/** Makes the way to ask. @throws {ConfigError} for a return address that cannot be one. */
export function asking(options: AskingOptions): SignInWay {
  const way = wayOf(options)
  const { parameters, onSignedIn } = options
  const told = (signedIn: SignedIn): SignedIn => {
    onSignedIn?.(signedIn)
    return signedIn
  }
  return (need) =>
    way({
      ...need,
      async begin(more) {
        const begun = await need.begin({ ...more, ...orNothing({ parameters }) })
        tellScopes(begun.pending.scopes, need.added)
        return begun
      },
      async beginDevice() {
        const device = await need.beginDevice()
        tellScopes(device.scopes, need.added)
        return { ...device, finish: async (signal) => told(await device.finish(signal)) }
      },
      finish: async (callbackUrl, pending) => told(await need.finish(callbackUrl, pending)),
    })
}

/** What somebody will be asked to allow: servers name it, and may think of more each time. */
function tellScopes(scopes: readonly string[], added: readonly string[]): void {
  if (scopes.length === 0) return
  const news = added.length === 0 ? '' : `. New is: ${named(added)}`
  tell(`You will be asked to allow: ${named(scopes)}${news}`)
}

const named = (scopes: readonly string[]): string => scopes.map((name) => visible(name)).join(' ')

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
