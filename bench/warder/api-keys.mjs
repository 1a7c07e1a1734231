/** A store full of API keys, written by the product's own store, vault and format. */

import { createSecretKey, randomBytes } from 'node:crypto'
import { makeApiKey } from '../../dist/guard/api-keys/format.js'
import { createApiKeys } from '../../dist/guard/credentials/index.js'
import { systemPlatform } from '../../dist/platform.js'
import { sqliteStore } from '../../dist/store/index.js'
import { keyedHashes } from '../../dist/vault/keyed-hash.js'
import { ISSUER, SCOPE } from '../tokens.mjs'

/** Rows of a transaction. */
const TOGETHER = 1_000

const allows = { scopes: [SCOPE], roles: [], resources: null, networks: null, rate: null }

/**
 * Fills a SQLite file with keys.
 *
 * @param inUse How many of them, spread over all, are told.
 * @returns `{ secret, texts }`: what they are hashed with, and those that are told.
 */
export async function writeApiKeys(file, count, inUse) {
  const secret = randomBytes(32).toString('hex')
  const vault = hashesOf(secret)
  const made = Array.from({ length: count }, () => makeApiKey(systemPlatform, 'live'))
  const texts = made.slice(0, inUse).map(({ text }) => text)
  // In the order of the index, into which a million would otherwise take hours to find their way.
  made.sort((a, b) => (a.id < b.id ? -1 : 1))
  const store = await sqliteStore(file)
  try {
    for (let i = 0; i < count; i += TOGETHER) {
      const rows = made.slice(i, i + TOGETHER).map((key) => rowOf(key, vault))
      const changes = rows.map((row) => ({ verb: 'insert', table: 'apiKeys', row }))
      if (!(await store.write(changes))) throw new Error('The keys were not written.')
    }
  } finally {
    await store.close()
  }
  return { secret, texts }
}

const rowOf = ({ id, text }, vault) => ({
  ...{ id, name: 'bench', environment: 'live', owner: null, hash: vault.hash('api_key', text) },
  ...{ previousHash: null, previousUntil: null, createdAt: Date.now(), expiresAt: null },
  ...{ revokedAt: null, usedAt: null, keptUntil: null, allows },
})

/** The keeper of the keys in a file. */
export const openApiKeys = async ({ file, secret, cache }) =>
  createApiKeys({
    store: await sqliteStore(file),
    vault: hashesOf(secret),
    issuer: ISSUER,
    ...(cache === undefined ? {} : { cache }),
  })

const hashesOf = (secret) => keyedHashes(createSecretKey(secret, 'hex'))
