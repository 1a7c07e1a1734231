/**
 * A running server: bound, checked from outside, and stopped in order.
 *
 * @module
 */

import type { Listening } from '../adapters/node.ts'
import { ConfigError } from '../errors.ts'
import type { Warder } from '../warder.ts'
import { customaryReferences, openWarder } from './configuration.ts'
import { leanFetch } from './lean-fetch.ts'
import { connectionsAllowed } from './open-files.ts'
import { portOf } from './option-values.ts'
import { print, styled, tell } from './output.ts'
import { growWithLoad } from './small-heap.ts'
import { stopInOrder, stopSignal } from './stopping.ts'

/** Where to listen. */
export interface RunOptions {
  readonly host?: string
  readonly port?: string
}

/** The port of an issuer on this computer, or the default. */
const ownPort = (issuer: unknown): number => {
  const url = typeof issuer === 'string' && URL.canParse(issuer) ? new URL(issuer) : undefined
  return url?.protocol === 'http:' && url.port !== '' ? Number(url.port) : 4000
}

/**
 * Runs Warder until it is told to stop.
 *
 * @throws {ConfigError} if the port is taken, or the server does not find itself at its issuer.
 */
export async function runUntilStopped(
  settings: Record<string, unknown>,
  options: RunOptions,
  announce: (warder: Warder) => void,
): Promise<void> {
  checkExposure(settings, options)
  const port = portOf(options.port, '--port') ?? ownPort(settings.issuer)
  const issuer = settings.issuer ?? `http://localhost:${port}`
  const [{ logSink }, { lagMeter }] = await Promise.all([
    import('./log.ts'),
    import('../operations/lag.ts'),
  ])
  const warder = await openWarder(
    { ...settings, issuer },
    {
      onEvent: logSink(),
      lag: lagMeter,
      fetch: leanFetch,
      onWarning: (warning) => tell(`warning ${warning}`),
    },
  )
  growWithLoad()
  try {
    const metrics = await listenForMetrics(warder)
    try {
      await serve(warder, { ...options, port }, (running) => {
        announce(running)
        announceReferences(settings)
      })
    } finally {
      // The last to go, so that the end can be watched.
      await metrics?.close(0)
    }
  } finally {
    await warder.close()
  }
}

async function serve(
  warder: Warder,
  { host, port }: { readonly host?: string; readonly port: number },
  announce: (warder: Warder) => void,
): Promise<void> {
  const { listen } = await import('../adapters/node.ts')
  const listening = await listen(warder.fetch, {
    port,
    ownsProcess: true,
    maxConnections: connectionsAllowed(),
    ...(host === undefined ? {} : { host }),
  }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EADDRINUSE') throw cause
    throw new ConfigError('--port', `${port} is taken.`, 'Choose another, or stop what runs there.')
  })
  const told = stopSignal()
  try {
    await warder.checkSelf()
    announce(warder)
    await told
    process.stderr.write('Stopping…\n')
    await stopInOrder(warder, listening)
  } finally {
    await listening.close(0)
  }
}

/**
 * Refuses to be reachable, or to be called production, with the key of a development machine.
 *
 * @throws {ConfigError} naming what must be set.
 */
function checkExposure({ vault, server }: Record<string, unknown>, { host }: RunOptions): void {
  const isLocal = host === undefined || ['127.0.0.1', '::1', 'localhost'].includes(host)
  const { clientDocuments } = (server ?? {}) as { clientDocuments?: { private?: unknown } }
  if (!isLocal && clientDocuments?.private === true) {
    throw new ConfigError(
      'server.clientDocuments.private',
      `is for development, and ${host} can be reached from elsewhere.`,
      'Leave out --dev, or --host.',
    )
  }
  const isProduction = process.env.NODE_ENV === 'production'
  const hasKey = typeof vault === 'object' && vault !== null && 'kek' in vault
  if (hasKey || (isLocal && !isProduction)) return
  throw new ConfigError(
    'vault.kek',
    `is not set, and ${isLocal ? 'NODE_ENV is production' : `${host} can be reached from elsewhere`}.`,
    'Make a key with “openssl rand -base64 32” and refer to it: { "env": "WARDER_KEK" } or { "file": "…" }.',
  )
}

/** Says what comes from the environment without having been asked for. */
function announceReferences(settings: Record<string, unknown>): void {
  const references = customaryReferences(settings)
  for (const [section, name] of references) print(`  ${section.padEnd(8)} ${name}`)
  if (references.length > 0) print()
}

/** Serves the numbers on a port of their own, if the settings have one. */
async function listenForMetrics({ operations }: Warder): Promise<Listening | undefined> {
  const { metrics: answer, settings } = operations
  if (answer === undefined || settings.metrics === undefined) return undefined
  const { listen } = await import('../adapters/node.ts')
  return await listen(answer, settings.metrics).catch((cause: NodeJS.ErrnoException) => {
    const { code = 'unknown' } = cause
    throw new ConfigError('operations.metrics', `cannot be listened on (${code}).`, undefined, {
      cause,
    })
  })
}

/** What a person needs to begin. */
export function announceServer(warder: Warder): void {
  print(`${styled('bold', 'Warder')} is running.`)
  print()
  print(`  issuer   ${styled('cyan', warder.issuer)}`)
  for (const { name, resource } of warder.resources) {
    print(`  MCP      ${styled('cyan', resource)}  ${styled('dim', name)}`)
  }
  print()
}
