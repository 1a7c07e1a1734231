/**
 * A Warder with everything in it that is asked of it: a client, people, grants. It is filled by the
 * product's own store and vault, before the server that is measured starts.
 */

import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWarder } from '../../dist/index.js'
import { formatRefreshToken } from '../../dist/server/tokens/refresh-token.js'
import { vaultRows } from '../../dist/store/index.js'
import { openVault, Secret } from '../../dist/vault/index.js'
import { freePort } from '../process.mjs'
import { basic, form, introspections, SCOPE, TOKENS } from '../servers/common.mjs'

const MOUNT = 'notes'
const YEAR = 31_536_000_000

/** Families that are inserted in one transaction. */
const TOGETHER = 200

/** The id of the nth family: as random as those that Warder makes, and known to `pgbench` too. */
export const familyId = (n) => createHash('md5').update(String(n)).digest('hex').slice(0, 22)

const platform = {
  now: () => Date.now(),
  random: (length) => new Uint8Array(randomBytes(length)),
}

/**
 * Prepares an installation for a work.
 *
 * @param storeUrl Where it keeps its state; a SQLite file of its own unless told.
 * @param families How many grants there are to refresh.
 * @returns `{ config, env, folder, port, target, remove }` and what rows of its own need
 */
export async function install(work, { storeUrl, families = TOKENS } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'warder-bench-'))
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const kek = randomBytes(32)
  const settings = {
    issuer: origin,
    data: folder,
    vault: { kek: { env: 'WARDER_KEK' } },
    store: { url: storeUrl ?? `sqlite:${join(folder, 'warder.db')}` },
    // The load comes from one address, which no limit would otherwise let ask so often.
    server: { limits: { token: 1_000_000, introspect: 1_000_000 } },
    mcp: {
      [MOUNT]: {
        url: 'http://127.0.0.1:9/mcp',
        scopes: { [SCOPE]: 'use your notes' },
        tools: { '*': [SCOPE] },
      },
    },
  }
  const config = join(folder, 'warder.config.json')
  writeFileSync(config, JSON.stringify(settings))
  const env = { WARDER_KEK: kek.toString('base64') }
  // However busy the machine is: what is measured comes later.
  const patient = { ...settings.store, busyTimeout: 30_000, statementTimeout: 60_000 }
  const warder = await createWarder(
    { ...settings, store: patient },
    { upkeep: false, readEnv: (name) => env[name] },
  )
  try {
    const resource = `${origin}/mcp/${MOUNT}`
    const client = await addClient(warder, resource)
    const authorization = basic(client.id, client.secret)
    const keks = [new Secret(new Uint8Array(kek))]
    const vault = await openVault({ keks, rows: vaultRows(warder.store), platform })
    const targets = {
      token: async () => ({
        path: '/token',
        bodies: [form({ grant_type: 'client_credentials', resource })],
      }),
      refresh: async () => ({
        path: '/token',
        form: form({ grant_type: 'refresh_token' }),
        tokens: await addFamilies(families, { warder, vault, client, resource }),
      }),
      introspection: async () => ({
        path: '/introspect',
        bodies: introspections(await issue(TOKENS, { warder, authorization, origin, resource })),
      }),
    }
    const target = {
      host: '127.0.0.1',
      port,
      headers: { authorization },
      ...(await targets[work]()),
    }
    return {
      ...{ config, env, folder, port, target, clientId: client.id, resource },
      remove: () => rmSync(folder, { recursive: true, force: true }),
    }
  } finally {
    await warder.close()
  }
}

async function addClient({ clients }, resource) {
  const { client, secret } = await clients.add({
    metadata: {
      client_name: 'Bench',
      redirect_uris: ['https://client.example/callback'],
      grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
    resources: [resource],
  })
  return { id: client.id, secret: secret.reveal('the benchmark is its client') }
}

/** What a family is when a code has just been redeemed. */
export function familyRow(n, { clientId, userId, resource, now }) {
  return {
    ...{ id: familyId(n), clientId, userId, scopes: [SCOPE], resource, generation: 0 },
    ...{ authTime: now, correlationId: familyId(n).slice(0, 16), createdAt: now, rotatedAt: now },
    ...{ idleUntil: now + YEAR, expiresAt: now + YEAR, revokedAt: null, revokedBecause: null },
  }
}

/** @returns The first token of each family. */
async function addFamilies(count, { warder, vault, client, resource }) {
  const password = new Secret(randomBytes(16).toString('hex'))
  const user = await warder.accounts.add({ email: 'bench@example.com', password })
  const given = { clientId: client.id, userId: user.id, resource, now: Date.now() }
  for (let n = 0; n < count; n += TOGETHER) {
    const some = Array.from({ length: Math.min(TOGETHER, count - n) }, (_, i) => n + i)
    const changes = some.map((i) => ({
      verb: 'insert',
      table: 'families',
      row: familyRow(i, given),
    }))
    if (!(await warder.store.write(changes))) throw new Error('The families were not written.')
  }
  return Array.from({ length: count }, (_, n) =>
    formatRefreshToken({ familyId: familyId(n), generation: 0 }, vault),
  )
}

/** Access tokens of the server's own, to ask it about. */
async function issue(count, { warder, authorization, origin, resource }) {
  const tokens = []
  for (let i = 0; i < count; i++) {
    const body = form({ grant_type: 'client_credentials', resource })
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
    const request = new Request(`${origin}/token`, { method: 'POST', headers, body })
    const response = await warder.fetch(request)
    if (response.status !== 200) throw new Error(`No token came: ${await response.text()}`)
    tokens.push((await response.json()).access_token)
  }
  return tokens
}
