/**
 * Where the key is kept that tokens are bound to: in IndexedDB, as a `CryptoKey` that no script can
 * take out of the browser.
 *
 * A key stays after the sign-out. It opens nothing by itself, and another tab may be signing in with it.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-2 | RFC 9449 §2}
 * @module
 */

/** Keeps one key pair by name, for all tabs. */
export interface KeyRing {
  find(name: string): Promise<CryptoKeyPair | undefined>
  /** Keeps a pair unless there is one. Gives what is kept then. */
  add(name: string, pair: CryptoKeyPair): Promise<CryptoKeyPair>
}

const DATABASE = 'warder'
const TABLE = 'keys'

/** Keys in the IndexedDB of this origin. */
export function indexedDbKeys(): KeyRing {
  const find = async (name: string) => {
    const table = await openTable('readonly')
    return pairOf(await done(table.get(name)))
  }
  return {
    find,
    async add(name, pair) {
      const table = await openTable('readwrite')
      // One transaction: whoever comes second finds what the first has put there.
      const kept = pairOf(await done(table.get(name)))
      if (kept !== undefined) return kept
      await done(table.put(pair, name))
      return pair
    },
  }
}

async function openTable(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const opening = indexedDB.open(DATABASE, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE)
  const database = await done(opening)
  const transaction = database.transaction(TABLE, mode)
  transaction.oncomplete = () => database.close()
  return transaction.objectStore(TABLE)
}

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

const pairOf = (value: unknown): CryptoKeyPair | undefined =>
  typeof value === 'object' &&
  value !== null &&
  'privateKey' in value &&
  'publicKey' in value &&
  value.privateKey instanceof CryptoKey &&
  value.publicKey instanceof CryptoKey
    ? { privateKey: value.privateKey, publicKey: value.publicKey }
    : undefined
