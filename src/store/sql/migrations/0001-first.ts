/**
 * The first tables: people, clients, what was asked and granted, keys and events.
 *
 * Written out, not taken from `tables.ts`: that file moves on, and what was applied does not.
 *
 * @module
 */

import { createTables, type TableDeclarations } from './create-tables.ts'
import type { Migration } from './migration.ts'

/** The tables as they were first. */
const tables: TableDeclarations = {
  users: {
    columns: {
      email: 'text',
      password_hash: 'text?',
      roles: 'text',
      created_at: 'integer',
      disabled_at: 'integer?',
      epoch: 'integer',
    },
    unique: ['email'],
  },
  sessions: {
    columns: {
      user_id: 'text',
      epoch: 'integer',
      auth_time: 'integer',
      created_at: 'integer',
      last_seen_at: 'integer',
      expires_at: 'integer',
    },
    indexed: ['user_id', 'expires_at'],
  },
  throttles: {
    columns: {
      attempts: 'integer',
      blocked_until: 'integer',
      expires_at: 'integer',
    },
    indexed: ['expires_at'],
  },
  clients: {
    columns: {
      registration: 'text',
      metadata: 'text',
      secret_hash: 'text?',
      fingerprint: 'text?',
      resources: 'text?',
      created_at: 'integer',
      used_at: 'integer?',
      verified_at: 'integer?',
      disabled_at: 'integer?',
      expires_at: 'integer?',
    },
    unique: ['fingerprint'],
    indexed: ['expires_at'],
  },
  client_documents: {
    columns: {
      metadata: 'text',
      etag: 'text?',
      fetched_at: 'integer',
      fresh_until: 'integer',
      expires_at: 'integer',
    },
    indexed: ['expires_at'],
  },
  consents: {
    columns: {
      user_id: 'text',
      client_id: 'text',
      resource: 'text',
      scopes: 'text',
      redirect_host: 'text',
      granted_at: 'integer',
    },
    indexed: ['user_id', 'client_id'],
  },
  interactions: {
    columns: {
      browser_hash: 'text',
      client_id: 'text',
      redirect_uri: 'text',
      state: 'text?',
      scopes: 'text',
      resource: 'text',
      code_challenge: 'text',
      nonce: 'text?',
      prompt: 'text',
      max_age: 'integer?',
      login_hint: 'text?',
      correlation_id: 'text',
      created_at: 'integer',
      expires_at: 'integer',
      finished_at: 'integer?',
    },
    indexed: ['expires_at'],
  },
  authorization_codes: {
    columns: {
      client_id: 'text',
      user_id: 'text',
      family_id: 'text',
      redirect_uri: 'text',
      code_challenge: 'text',
      scopes: 'text',
      resource: 'text',
      nonce: 'text?',
      auth_time: 'integer',
      correlation_id: 'text',
      failures: 'integer',
      created_at: 'integer',
      expires_at: 'integer',
      used_at: 'integer?',
    },
    indexed: ['user_id', 'client_id', 'expires_at'],
  },
  device_codes: {
    columns: {
      user_code_hash: 'text',
      client_id: 'text',
      scopes: 'text',
      resource: 'text',
      correlation_id: 'text',
      address: 'text',
      state: 'text',
      session_id: 'text?',
      user_id: 'text?',
      auth_time: 'integer?',
      family_id: 'text',
      interval: 'integer',
      polled_at: 'integer?',
      created_at: 'integer',
      expires_at: 'integer',
      kept_until: 'integer',
    },
    unique: ['user_code_hash'],
    indexed: ['user_id', 'client_id', 'kept_until'],
  },
  families: {
    columns: {
      client_id: 'text',
      user_id: 'text',
      scopes: 'text',
      resource: 'text',
      generation: 'integer',
      auth_time: 'integer',
      correlation_id: 'text',
      created_at: 'integer',
      rotated_at: 'integer',
      idle_until: 'integer',
      expires_at: 'integer',
      revoked_at: 'integer?',
      revoked_because: 'text?',
    },
    indexed: ['user_id', 'client_id', 'expires_at'],
  },
  revocations: {
    columns: {
      revoked_at: 'integer',
      expires_at: 'integer',
    },
    indexed: ['expires_at'],
  },
  replays: {
    columns: {
      expires_at: 'integer',
    },
    indexed: ['expires_at'],
  },
  signing_keys: {
    columns: {
      alg: 'text',
      public_jwk: 'text',
      sealed_private_jwk: 'text',
      created_at: 'integer',
      signs_from: 'integer',
      signs_until: 'integer?',
      token_life: 'integer',
      activated_at: 'integer?',
      retired_at: 'integer?',
    },
  },
  api_keys: {
    columns: {
      name: 'text',
      environment: 'text',
      owner: 'text?',
      hash: 'text',
      previous_hash: 'text?',
      previous_until: 'integer?',
      created_at: 'integer',
      expires_at: 'integer?',
      revoked_at: 'integer?',
      used_at: 'integer?',
      kept_until: 'integer?',
      allows: 'text',
    },
    indexed: ['owner', 'kept_until'],
  },
  tools: {
    columns: {
      resource: 'text',
      server: 'text',
      tool: 'text',
      approved_hash: 'text',
      pending_hash: 'text?',
      seen_at: 'integer',
      changed_at: 'integer',
      approved_at: 'integer?',
      approved: 'text?',
      pending: 'text?',
    },
    indexed: ['resource'],
  },
  data_keys: {
    columns: {
      kind: 'text',
      kek_id: 'text',
      wrapped: 'text',
      created_at: 'integer',
    },
  },
  facts: {
    columns: {
      value: 'text',
    },
  },
  events: {
    columns: {
      at: 'integer',
      type: 'text',
      correlation_id: 'text',
      event: 'text',
      expires_at: 'integer',
      stream: 'text?',
      mac: 'text?',
    },
    indexed: ['correlation_id', 'expires_at'],
    partedBy: 'expires_at',
  },
  event_seals: {
    columns: {
      at: 'integer',
      stream: 'text',
      number: 'integer',
      seal: 'text',
      expires_at: 'integer',
      mac: 'text',
    },
    indexed: ['expires_at'],
  },
  event_streams: {
    columns: {
      opened_at: 'integer',
      seen_at: 'integer',
      closed_at: 'integer?',
      head: 'text?',
      expires_at: 'integer',
    },
    indexed: ['expires_at'],
  },
}

/** Creates them. */
export const first: Migration = {
  name: '0001-first',
  statements: (writer, types) => createTables(writer, types, tables),
}
