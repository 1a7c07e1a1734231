/**
 * What Warder keeps: one description a table, of the rows that `row-types.ts` has.
 *
 * @module
 */

import type { StoredDataKey } from '../vault/data-key.ts'
import type {
  ApiKey,
  AuthorizationCode,
  ClientDocument,
  Consent,
  DeviceCode,
  EventSeal,
  EventStream,
  Fact,
  Family,
  Interaction,
  PinnedTool,
  Replay,
  Revocation,
  Session,
  SigningKey,
  StoredClient,
  StoredEvent,
  Throttle,
  User,
} from './row-types.ts'

export type * from './row-types.ts'

/** The row type of each table. */
export interface Tables {
  users: User
  sessions: Session
  throttles: Throttle
  clients: StoredClient
  clientDocuments: ClientDocument
  consents: Consent
  interactions: Interaction
  authorizationCodes: AuthorizationCode
  deviceCodes: DeviceCode
  families: Family
  revocations: Revocation
  replays: Replay
  signingKeys: SigningKey
  apiKeys: ApiKey
  dataKeys: StoredDataKey
  tools: PinnedTool
  facts: Fact
  events: StoredEvent
  eventSeals: EventSeal
  eventStreams: EventStream
}

/** The name of a table. */
export type TableName = keyof Tables

/** A row of a table. */
export type Row<T extends TableName> = Tables[T]

/** How a column is kept; `?` where it may be null. `json` columns cannot be conditions. */
export type ColumnKind = 'text' | 'integer' | 'json' | 'text?' | 'integer?' | 'json?'

/** The one kind that keeps a value of type `V`, so that a description cannot disagree with its row. */
type KindOf<V> =
  `${[NonNullable<V>] extends [string] ? 'text' : [NonNullable<V>] extends [number] ? 'integer' : 'json'}${null extends V ? '?' : ''}`

/** What a store must know of a table. Every table's key is its text column `id`. */
export interface TableDescription<T extends TableName> {
  readonly columns: { readonly [C in keyof Tables[T]]: KindOf<Tables[T][C]> }
  /** Columns whose value no two rows share; NULL may repeat. */
  readonly unique?: readonly (keyof Tables[T] & string)[]
  /** Columns that rows are often sought by. */
  readonly indexed?: readonly (keyof Tables[T] & string)[]
  /**
   * Whether rows are only added, under keys that never repeat. A store may look for a taken key only
   * among the rows that expire at the same time, and keep a row until all near it are over.
   */
  readonly addedOnly?: boolean
  /** The column that says when a row's time is over, for the sweeper. */
  readonly expiry?: keyof Tables[T] & string
  /** Columns that hold sealed text, so that it is sealed anew when keys are changed. */
  readonly sealed?: readonly (keyof Tables[T] & string)[]
}

/** The tables. One more is one more row type, one more entry in each list here, and a migration. */
export const tables: { readonly [T in TableName]: TableDescription<T> } = {
  users: {
    columns: {
      id: 'text',
      email: 'text',
      passwordHash: 'text?',
      roles: 'json',
      createdAt: 'integer',
      disabledAt: 'integer?',
      epoch: 'integer',
    },
    unique: ['email'],
  },
  sessions: {
    columns: {
      id: 'text',
      userId: 'text',
      epoch: 'integer',
      authTime: 'integer',
      createdAt: 'integer',
      lastSeenAt: 'integer',
      expiresAt: 'integer',
    },
    indexed: ['userId'],
    expiry: 'expiresAt',
  },
  throttles: {
    columns: { id: 'text', attempts: 'integer', blockedUntil: 'integer', expiresAt: 'integer' },
    expiry: 'expiresAt',
  },
  clients: {
    columns: {
      id: 'text',
      registration: 'text',
      metadata: 'json',
      secretHash: 'text?',
      fingerprint: 'text?',
      resources: 'json?',
      createdAt: 'integer',
      usedAt: 'integer?',
      verifiedAt: 'integer?',
      disabledAt: 'integer?',
      expiresAt: 'integer?',
    },
    unique: ['fingerprint'],
    expiry: 'expiresAt',
  },
  clientDocuments: {
    columns: {
      id: 'text',
      metadata: 'json',
      etag: 'text?',
      fetchedAt: 'integer',
      freshUntil: 'integer',
      expiresAt: 'integer',
    },
    expiry: 'expiresAt',
  },
  consents: {
    columns: {
      id: 'text',
      userId: 'text',
      clientId: 'text',
      resource: 'text',
      scopes: 'json',
      redirectHost: 'text',
      grantedAt: 'integer',
    },
    indexed: ['userId', 'clientId'],
  },
  interactions: {
    columns: {
      id: 'text',
      browserHash: 'text',
      clientId: 'text',
      redirectUri: 'text',
      state: 'text?',
      scopes: 'json',
      resource: 'text',
      codeChallenge: 'text',
      nonce: 'text?',
      prompt: 'json',
      maxAge: 'integer?',
      loginHint: 'text?',
      correlationId: 'text',
      createdAt: 'integer',
      expiresAt: 'integer',
      finishedAt: 'integer?',
    },
    expiry: 'expiresAt',
  },
  authorizationCodes: {
    columns: {
      id: 'text',
      clientId: 'text',
      userId: 'text',
      familyId: 'text',
      redirectUri: 'text',
      codeChallenge: 'text',
      scopes: 'json',
      resource: 'text',
      nonce: 'text?',
      authTime: 'integer',
      correlationId: 'text',
      failures: 'integer',
      createdAt: 'integer',
      expiresAt: 'integer',
      usedAt: 'integer?',
    },
    indexed: ['userId', 'clientId'],
    expiry: 'expiresAt',
  },
  deviceCodes: {
    columns: {
      id: 'text',
      userCodeHash: 'text',
      clientId: 'text',
      scopes: 'json',
      resource: 'text',
      correlationId: 'text',
      address: 'text',
      state: 'text',
      sessionId: 'text?',
      userId: 'text?',
      authTime: 'integer?',
      familyId: 'text',
      interval: 'integer',
      polledAt: 'integer?',
      createdAt: 'integer',
      expiresAt: 'integer',
      keptUntil: 'integer',
    },
    unique: ['userCodeHash'],
    indexed: ['userId', 'clientId'],
    expiry: 'keptUntil',
  },
  families: {
    columns: {
      id: 'text',
      clientId: 'text',
      userId: 'text',
      scopes: 'json',
      resource: 'text',
      generation: 'integer',
      authTime: 'integer',
      correlationId: 'text',
      createdAt: 'integer',
      rotatedAt: 'integer',
      idleUntil: 'integer',
      expiresAt: 'integer',
      revokedAt: 'integer?',
      revokedBecause: 'text?',
    },
    indexed: ['userId', 'clientId'],
    expiry: 'expiresAt',
  },
  revocations: {
    columns: { id: 'text', revokedAt: 'integer', expiresAt: 'integer' },
    expiry: 'expiresAt',
  },
  replays: { columns: { id: 'text', expiresAt: 'integer' }, expiry: 'expiresAt' },
  signingKeys: {
    sealed: ['sealedPrivateJwk'],
    columns: {
      id: 'text',
      alg: 'text',
      publicJwk: 'json',
      sealedPrivateJwk: 'text',
      createdAt: 'integer',
      signsFrom: 'integer',
      signsUntil: 'integer?',
      tokenLife: 'integer',
      activatedAt: 'integer?',
      retiredAt: 'integer?',
    },
  },
  apiKeys: {
    columns: {
      id: 'text',
      name: 'text',
      environment: 'text',
      owner: 'text?',
      hash: 'text',
      previousHash: 'text?',
      previousUntil: 'integer?',
      createdAt: 'integer',
      expiresAt: 'integer?',
      revokedAt: 'integer?',
      usedAt: 'integer?',
      keptUntil: 'integer?',
      allows: 'json',
    },
    indexed: ['owner'],
    expiry: 'keptUntil',
  },
  tools: {
    columns: {
      id: 'text',
      resource: 'text',
      server: 'text',
      tool: 'text',
      approvedHash: 'text',
      pendingHash: 'text?',
      seenAt: 'integer',
      changedAt: 'integer',
      approvedAt: 'integer?',
      // Last, so that rows can be passed over without reading what is large in them.
      approved: 'json?',
      pending: 'json?',
    },
    indexed: ['resource'],
  },
  dataKeys: {
    columns: {
      id: 'text',
      kind: 'text',
      kekId: 'text',
      wrapped: 'text',
      createdAt: 'integer',
    },
  },
  facts: { columns: { id: 'text', value: 'text' } },
  events: {
    columns: {
      id: 'text',
      at: 'integer',
      type: 'text',
      correlationId: 'text',
      event: 'json',
      expiresAt: 'integer',
      stream: 'text?',
      mac: 'text?',
    },
    indexed: ['correlationId'],
    expiry: 'expiresAt',
    addedOnly: true,
  },
  eventSeals: {
    columns: {
      id: 'text',
      at: 'integer',
      stream: 'text',
      number: 'integer',
      seal: 'json',
      expiresAt: 'integer',
      mac: 'text',
    },
    expiry: 'expiresAt',
  },
  eventStreams: {
    columns: {
      id: 'text',
      openedAt: 'integer',
      seenAt: 'integer',
      closedAt: 'integer?',
      head: 'json?',
      expiresAt: 'integer',
    },
    expiry: 'expiresAt',
  },
}

/** The names of the tables. */
export const tableNames = Object.keys(tables) as readonly TableName[]
