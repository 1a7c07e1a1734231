/**
 * The one place that wires: settings in, one function from request to response out.
 *
 * @module
 */

import { z } from 'zod'
import { type Accounts, accountsSettings, createAccounts } from './accounts/index.ts'
import { ConfigError } from './errors.ts'
import type { EventSink } from './events.ts'
import {
  apiKeysOf,
  apiKeysSettings,
  createGateway,
  mcpSettings,
  mountedResource,
  mountGuard,
  mountOptions,
} from './gateway/index.ts'
import { type AccessTokenClaims, type ApiKeys, jwt } from './guard/index.ts'
import { auditSettings, createJournal, type Journal, openExports } from './journal/index.ts'
import { type Limits, limitsSettings, openLimits } from './limits/index.ts'
import {
  createOperations,
  type Ended,
  keepUp,
  type LagMeter,
  loadKeks,
  noLag,
  type Operations,
  openWatching,
  operationsSettings,
  readReference,
  revokeSince,
  storePlace,
  type Watching,
} from './operations/index.ts'
import { type Platform, systemPlatform } from './platform.ts'
import { checkIssuer } from './protocol/authorization-server-metadata.ts'
import { createOutwardFetch, type OutwardFetch } from './protocol/outward-fetch.ts'
import type { ProtectedResource } from './protocol/protected-resource.ts'
import { isLoopbackHost } from './protocol/uri.ts'
import {
  type ClientAdministration,
  type Connection,
  checkSelf,
  clientAdministration,
  createAuthorizationServer,
  elicitationLink,
  isRevoked,
  type KeyAdministration,
  keyAdministration,
  loadSigningKeys,
  namedResources,
  type SigningKeys,
  serverSettings,
  signingAlgorithms,
} from './server/index.ts'
import { parseSettings } from './settings.ts'
import {
  migrateStore,
  openStore,
  type Planned,
  type Store,
  type StoreOptions,
  storeSettings,
  vaultRows,
} from './store/index.ts'
import { systemTimers } from './timers.ts'
import {
  openVault,
  type Rekeying,
  type SecretObserver,
  secretEvents,
  type VaultOptions,
  vaultSettings,
} from './vault/index.ts'

/** Every setting, by room. */
export const warderSettings = z.strictObject({
  issuer: z
    .string()
    .default('http://localhost:4000')
    .describe('The public address, byte for byte as clients see it. http on loopback only.'),
  data: z
    .string()
    .default('.warder')
    .describe('Directory of the SQLite file and, for development, of the key-encryption key.'),
  store: storeSettings.prefault({}).describe('What is kept, and where.'),
  vault: vaultSettings.prefault({}).describe('The keys that protect what is kept.'),
  limits: limitsSettings.prefault({}).describe('What holds for every limit.'),
  audit: auditSettings.prefault({}).describe('The audit log.'),
  accounts: accountsSettings.prefault({}).describe('People.'),
  server: serverSettings,
  apiKeys: apiKeysSettings.prefault({}).describe('API keys.'),
  operations: operationsSettings.prefault({}).describe('Running the server.'),
  mcp: mcpSettings,
})

/** The settings as they are written. */
export type WarderSettings = z.input<typeof warderSettings>

/** What Warder needs of its surroundings; each has a default. */
export interface WarderSurroundings {
  readonly platform: Platform
  /** Reads an environment variable that the settings refer to; none are known by default. */
  readEnv(name: string): string | undefined
  /** Told of every event. */
  readonly onEvent: EventSink
  /** Told of what an operator should know and mend. */
  onWarning(warning: string): void
  /** The way out for client metadata documents. */
  readonly outwardFetch: OutwardFetch
  /** The way to this server's own address, for looking at itself. */
  readonly fetch: typeof globalThis.fetch
  /** How late the process is, for turning requests away; nobody knows unless told. */
  readonly lag: LagMeter
  /** Whether it sweeps the store and rotates keys, as what serves does; true unless told. */
  readonly upkeep: boolean
}

/** A whole Warder. */
export interface Warder {
  readonly issuer: string
  /** Answers a request. */
  fetch(request: Request, connection?: Connection): Promise<Response>
  readonly accounts: Accounts
  readonly clients: ClientAdministration
  readonly apiKeys: ApiKeys
  /** The keys that sign. */
  readonly keys: KeyAdministration
  /** Changing the keys that protect what is kept. */
  readonly rekeying: Rekeying
  readonly store: Store
  /** What happened, as it is kept in the store. */
  readonly audit: Pick<Journal, 'flush' | 'tend' | 'verify'>
  /** What tokens are issued for. */
  readonly resources: readonly ProtectedResource[]
  /**
   * Looks at itself from outside; call it once it listens.
   *
   * @throws {ConfigError} if what stands at the issuer's address says it is another.
   */
  checkSelf(): Promise<void>
  /** What stands around it while it runs: health, numbers, and how it is to be stopped. */
  readonly operations: Omit<Operations, 'fetch'>
  /** Ends what a backup of that time has brought back to life; see {@link revokeSince}. */
  revokeSince(since: number, options?: { readonly dryRun?: boolean }): Promise<Ended>
  /** Ends streams that only listen, before it is closed. Requests and calls go on to their end. */
  drain(): void
  /** Ends every child process and stream, and closes the store. */
  close(): Promise<void>
}

/**
 * Puts a Warder together.
 *
 * @param input - The settings, as read from a file; see {@link warderSettings}.
 * @throws {ConfigError} naming the first setting that is wrong, or a key that opens nothing.
 */
export async function createWarder(
  input: unknown,
  surroundings: Partial<WarderSurroundings> = {},
): Promise<Warder> {
  const settings = parseSettings(warderSettings, input)
  checkIssuer(settings.issuer)
  checkDevelopment(settings)
  const watching = await openWatching(settings.operations)
  const given = watching.counting(withDefaults(surroundings, settings))
  const journal = await openJournal(settings, given)
  try {
    return await open(settings, { ...given, onEvent: journal.record }, { journal, watching })
  } catch (error) {
    await journal.close()
    throw error
  }
}

async function open(
  settings: Settings,
  around: WarderSurroundings,
  { journal, watching }: Pick<Ground, 'journal' | 'watching'>,
): Promise<Warder> {
  const observer = secretEvents(around.onEvent, around.platform)
  const keks = await loadKeks(settings, { ...around, observer })
  const opened = await openSettledStore(settings, around)
  const store = journal.attach(watching.watched(opened))
  let limits: Limits | undefined
  try {
    limits = await openSettledLimits(settings, around, store)
    const ground = { keks, observer, opened, store, limits, journal, watching }
    return await assemble(settings, around, ground)
  } catch (error) {
    await limits?.close()
    await journal.close()
    await store.close()
    throw error
  }
}

/**
 * Brings the tables of the store up to date, which {@link createWarder} would do too.
 *
 * @param surroundings - With `plan`, nothing is done.
 * @returns The SQL of each migration that was not done.
 * @throws {ConfigError} naming the first setting that is wrong.
 */
export async function migrateWarder(
  input: unknown,
  surroundings: Partial<WarderSurroundings> & { readonly plan?: boolean } = {},
): Promise<readonly Planned[]> {
  const { url, options } = await findStore(input, surroundings)
  return migrateStore(url, { ...options, plan: surroundings.plan ?? false })
}

/**
 * Where the settings say that the store is, for what is done to it as a whole.
 *
 * @throws {ConfigError} naming the first setting that is wrong.
 */
export async function findStore(
  input: unknown,
  surroundings: Partial<WarderSurroundings> = {},
): Promise<{ readonly url: string; readonly options: StoreOptions }> {
  const settings = parseSettings(warderSettings, input)
  return storePlace(settings, withDefaults(surroundings, settings))
}

type Settings = z.output<typeof warderSettings>

/** What processes tell each other of when an administrator changes it. */
const SIGNING_KEYS = 'signing-keys'

interface Ground {
  readonly keks: VaultOptions['keks']
  readonly observer: SecretObserver
  /** The store as it was opened. */
  readonly opened: Store
  /** The same, recording. */
  readonly store: Store
  readonly limits: Limits
  readonly journal: Journal
  readonly watching: Watching
}

async function assemble(
  settings: Settings,
  around: WarderSurroundings,
  { keks, observer, opened, store, limits, journal, watching }: Ground,
): Promise<Warder> {
  const { issuer } = settings
  const { platform, onEvent } = around
  const vault = await openVault({ keks, rows: vaultRows(store), platform, observer })
  journal.unlock(vault)
  const keySource = { store, vault, platform, settings: settings.server }
  const keys = await loadSigningKeys(keySource)
  const { invalidation } = limits
  // What cannot be read now is read seconds later, and told of then.
  invalidation.subscribe(SIGNING_KEYS, () => void keys.read().catch(() => {}))
  const accounts = createAccounts({
    ...{ store, vault, platform, limits, onEvent },
    holdsSource: journal.signals.holdsSource,
    settings: settings.accounts,
  })
  const { localhost: allowLocalhost } = settings.server.registration
  const clients = clientAdministration({ store, vault, platform, allowLocalhost, onEvent })
  const { readEnv } = around
  const servers = Object.entries(settings.mcp)
  const mounts = servers.map(([name, server]) => mountOptions(server, { name, issuer, readEnv }))
  const mounted = servers.map(([name, server]) => mountedResource(server, { name, issuer }))
  const resources = [...mounted, ...namedResources(settings.server.resources)]
  const common = { ...around, issuer, vault, store, keys, accounts, resources }
  const { holdsRedirects } = journal.signals
  const server = createAuthorizationServer({
    ...{ ...common, limits, holdsRedirects },
    settings: settings.server,
  })
  const { apiKeys, accepted } = apiKeysOf(settings.apiKeys, {
    ...{ store, vault, issuer, platform, invalidation },
    findUser: accounts.find,
  })
  const accept = [tokensOf(common), ...accepted]
  const guards = { accept, resources, limits: { counters: limits }, platform, onEvent }
  const gateway = createGateway({
    mounts,
    trace: watching.traces?.call,
    guardFor: (mount) => mountGuard(mount, guards),
    vault,
    store,
    findEmail: async (subject) => (await accounts.find(subject))?.email,
    elicitationLink: (elicitation) => elicitationLink(elicitation, { issuer, vault, platform }),
    platform,
    onEvent,
  })
  const administeredKeys = keyAdministration(keySource, {
    async read() {
      await keys.read()
      invalidation.publish(SIGNING_KEYS, 'changed')
    },
  })
  const operations = createOperations({
    ...{ ...around, ...settings.limits, ...watching },
    ...{ store: opened, keys, journal, gateway, server },
    settings: settings.operations,
    mounts: mounts.map(({ resource }) => new URL(resource).pathname),
    hashing: accounts.hashing,
    describedKeys: administeredKeys,
  })
  const stopUpkeep = around.upkeep ? keepUp({ ...around, store, keys, vault }) : () => {}
  return {
    ...{ issuer, accounts, clients, apiKeys, store, resources },
    rekeying: vault.rekeying,
    audit: journal,
    keys: administeredKeys,
    fetch: operations.fetch,
    operations,
    checkSelf: () => checkSelf({ ...around, issuer }),
    drain: gateway.drain,
    revokeSince: (since, options) => revokeSince(since, { ...options, store, platform }),
    async close() {
      stopUpkeep()
      await gateway.close()
      await apiKeys.close()
      await limits.close()
      await journal.close()
      await store.close()
    },
  }
}

function withDefaults(
  surroundings: Partial<WarderSurroundings>,
  { server }: Settings,
): WarderSurroundings {
  return {
    platform: systemPlatform,
    readEnv: () => undefined,
    onWarning: () => {},
    outwardFetch: createOutwardFetch({ allowPrivate: server.clientDocuments.private }),
    fetch: globalThis.fetch,
    lag: () => noLag,
    upkeep: true,
    ...surroundings,
    onEvent: surroundings.onEvent ?? (() => {}),
  }
}

async function openJournal(
  { audit: settings }: Settings,
  { platform, onEvent, onWarning, upkeep }: WarderSurroundings,
): Promise<Journal> {
  const timers = systemTimers
  const exports = await openExports(settings, { timers, onWarning })
  return createJournal({ settings, platform, timers, onEvent, exports, onWarning, upkeep })
}

/** @throws {ConfigError} if a public server is to fetch from addresses that only it can reach. */
function checkDevelopment({ issuer, server }: Settings): void {
  if (!server.clientDocuments.private || isLoopback(issuer)) return
  throw new ConfigError(
    'server.clientDocuments.private',
    'is for development, and this server is not only for this computer.',
    'Leave it out, and --dev too.',
  )
}

const isLoopback = (issuer: string) => isLoopbackHost(new URL(issuer).hostname)

async function openSettledStore(settings: Settings, around: WarderSurroundings): Promise<Store> {
  const { url, options } = await storePlace(settings, around)
  return openStore(url, options)
}

async function openSettledLimits(
  { limits: settings, issuer }: Settings,
  around: WarderSurroundings,
  store: Store,
): Promise<Limits> {
  const { url } = settings
  const location = url === undefined ? undefined : await readReference(url, 'limits.url', around)
  return openLimits({ ...around, store, settings, url: location, installation: issuer })
}

/** The tokens that mounts take: keys and revocations come from this process, not over the network. */
const tokensOf = ({ issuer, store, keys }: Issued) =>
  jwt({
    issuer,
    keys: { find: keys.find },
    algorithms: signingAlgorithms,
    isRevoked: (claims: AccessTokenClaims) => isRevoked(claims, store),
  })

interface Issued extends Pick<Warder, 'issuer' | 'store'> {
  readonly keys: SigningKeys
}
