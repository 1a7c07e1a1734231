/** The checker of the fault harness is shown one fault at a time, and must see each. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canariesIn } from '../chaos/canaries.mjs'
import { checkInvariants, type Evidence, type Operation } from '../chaos/invariants/index.mjs'

const refreshed = (sent: number, fields: Partial<Operation> = {}): Operation => ({
  ...{ op: 'refresh', key: 'f1', owner: 'ada', subject: 'ada', family: 'f1', server: 0 },
  ...{ start: 100 * sent, end: 100 * sent + 50, status: 200, outcome: 'ok' },
  ...{ sent, generation: sent + 1, token: `token${sent + 1}` },
  ...fields,
})

const redeemed = (fields: Partial<Operation> = {}): Operation => ({
  ...{ op: 'redeem', key: 'c1', owner: 'ada', subject: 'ada', family: 'f1', server: 0 },
  ...{ start: -100, end: -50, status: 200, outcome: 'ok', generation: 0, token: 'token0' },
  ...fields,
})

const refused = (fields: Partial<Operation>): Operation =>
  redeemed({ outcome: 'invalid_grant', status: 400, ...fields })

const event = (type: string, familyId = 'f1') => ({ type, event: JSON.stringify({ familyId }) })

/** One code, redeemed; its family, refreshed twice and revoked by its client. */
const sound = {
  operations: [
    redeemed(),
    refused({ start: -40, end: -30 }),
    refreshed(0),
    refreshed(1),
    {
      ...{ op: 'revoke', key: 'f1', server: 0 },
      ...{ start: 300, end: 350, status: 200, outcome: 'ok' },
    },
    refreshed(2, { start: 400, end: 450, status: 400, outcome: 'invalid_grant', token: undefined }),
    { op: 'verify', key: 'j1', kid: 'k1', guard: 0, start: 0, end: 1, outcome: 'ok' },
  ],
  tables: {
    codes: [{ family_id: 'f1', used_at: 1 }],
    families: [{ id: 'f1', generation: 2, revoked_at: 320, revoked_because: 'revoked by client' }],
    events: [
      event('code.redeemed'),
      event('token.rotated'),
      event('token.rotated'),
      event('token.revoked'),
    ],
  },
  outages: [{ start: 500, end: 600, ops: ['refresh'] }],
  usage: [{ name: 'memory', before: 100, after: 105, most: 110 }],
  crashes: [],
  leaks: [],
  searched: 3,
  log: { ok: true, detail: '' },
} satisfies Evidence

const found = (evidence: Evidence, demanded: readonly string[] = []) =>
  checkInvariants(evidence, demanded)
    .filter(({ problems }) => problems.length > 0)
    .map(({ id }) => id)

const withOperation = (operation: Operation): Evidence => ({
  ...sound,
  operations: [...sound.operations, operation],
})

const withFamily = (fields: object): Evidence => ({
  ...sound,
  tables: { ...sound.tables, families: [{ ...sound.tables.families[0], ...fields }] },
})

const withEvents = (...types: string[]): Evidence => ({
  ...sound,
  tables: { ...sound.tables, events: types.map((type) => event(type)) },
})

describe('The checker of the fault harness', () => {
  it('finds nothing where all is well', () => {
    expect(found(sound)).toEqual([])
  })

  it('INV-1 sees a code that was redeemed twice', () => {
    expect(found(withOperation(redeemed({ start: -20, end: -10 })))).toContain('INV-1')
  })

  it('INV-1 sees a family that no code began', () => {
    expect(found(withFamily({ id: 'f2' }))).toContain('INV-1')
  })

  it('INV-1 sees a family that was begun twice', () => {
    const events = ['code.redeemed', 'code.redeemed', 'token.rotated', 'token.rotated']
    expect(found(withEvents(...events))).toContain('INV-1')
  })

  it('INV-2 sees two tokens of one generation', () => {
    expect(found(withOperation(refreshed(1, { token: 'another' })))).toEqual(['INV-2'])
  })

  it('INV-2 sees a generation that was left out', () => {
    expect(found(withOperation(refreshed(0, { generation: 2, token: 'token2' })))).toEqual([
      'INV-2',
    ])
  })

  it('INV-2 sees a generation that the store does not have', () => {
    expect(found(withFamily({ generation: 1 }))).toContain('INV-2')
  })

  it('INV-2 sees an answer that is older than one before it', () => {
    const late = refreshed(0, { start: 200, end: 210 })
    expect(found(withOperation(late))).toEqual(['INV-2'])
  })

  it('INV-3 sees a client that is stuck', () => {
    const stuck = refreshed(2, {
      ...{ start: 700, end: 750, status: 503, outcome: 'temporarily_unavailable', retryAfter: 1 },
    })
    expect(found(withOperation(stuck))).toEqual(['INV-3'])
  })

  it('INV-3 sees a revocation that was undone', () => {
    expect(found(withFamily({ revoked_at: null, revoked_because: null }))).toEqual(['INV-3'])
  })

  it('INV-4 sees a refresh after a revocation', () => {
    const late = refreshed(1, { start: 360, end: 380 })
    expect(found(withOperation(late))).toContain('INV-4')
  })

  it('INV-4 sees an access token that is let in after its revocation', () => {
    const call = { op: 'call', key: 'f1', start: 360, end: 380, status: 400, outcome: 'untyped' }
    expect(found(withOperation(call))).toEqual(['INV-4'])
  })

  it('INV-5 sees a yes during an outage', () => {
    expect(found(withOperation(refreshed(1, { start: 520, end: 540 })))).toContain('INV-5')
  })

  it('INV-6 sees a good token that a guard refused', () => {
    const verify = { op: 'verify', key: 'j1', kid: 'k1', guard: 1, start: 0, end: 1 }
    expect(found(withOperation({ ...verify, outcome: '401' }))).toEqual(['INV-6'])
    expect(found(withOperation({ ...verify, outcome: 'ok', expected: '401' }))).toEqual(['INV-6'])
  })

  it('INV-7 sees tokens of somebody else', () => {
    expect(found(withOperation(refreshed(1, { subject: 'bob' })))).toEqual(['INV-7'])
    expect(found(withOperation(refreshed(1, { family: 'f2' })))).toEqual(['INV-7'])
  })

  it.each([
    ['a 500', { status: 500, outcome: 'server_error' }],
    ['a 503 that does not say when', { status: 503, outcome: 'temporarily_unavailable' }],
    ['an error without a code', { status: 400, outcome: 'untyped' }],
    ['a lost connection where none should be lost', { status: undefined, outcome: 'network' }],
  ])('INV-8 sees %s', (_, fields) => {
    expect(found(withOperation(refused({ start: -45, end: -42, ...fields })))).toEqual(['INV-8'])
  })

  it('INV-8 sees a server that ended by itself', () => {
    const crashes = [{ server: 0, code: 1, signal: null, log: '' }]
    expect(found({ ...sound, crashes })).toEqual(['INV-8'])
  })

  it('INV-9 sees what is not given back', () => {
    const usage = [{ name: 'memory', before: 100, after: 120, most: 110 }]
    expect(found({ ...sound, usage })).toEqual(['INV-9'])
  })

  it.each([
    ['a redemption', ['token.rotated', 'token.rotated', 'token.revoked']],
    ['a rotation', ['code.redeemed', 'token.rotated', 'token.revoked']],
    ['a revocation', ['code.redeemed', 'token.rotated', 'token.rotated']],
  ])('INV-10 sees %s that is not in the log', (_, events) => {
    expect(found(withEvents(...events))).toContain('INV-10')
  })

  it('INV-10 sees a code that was used for nothing', () => {
    const codes = [...sound.tables.codes, { family_id: 'f9', used_at: 1 }]
    expect(found({ ...sound, tables: { ...sound.tables, codes } })).toEqual(['INV-10'])
  })

  it('INV-10 sees a log that does not verify', () => {
    expect(found({ ...sound, log: { ok: false, detail: 'a gap' } })).toEqual(['INV-10'])
  })

  it('INV-11 sees a secret', () => {
    expect(found({ ...sound, leaks: [{ canary: 0, file: 'warder.db' }] })).toEqual(['INV-11'])
  })

  it('sees when there was nothing to look at', () => {
    const { usage: _, ...unmeasured } = sound
    expect(found(unmeasured, ['INV-9'])).toEqual(['INV-9'])
    expect(found(unmeasured)).toEqual([])
  })
})

describe('The search for secrets', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'warder-canaries-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  it('finds a secret wherever it stands, also across the pieces that a large file is read in', () => {
    const file = join(folder, 'file')
    const secrets = ['first-secret', 'x', 'a-longer-secret', 'nowhere']
    for (let before = 0; before < 40; before++) {
      const text = `${'.'.repeat(before)}first-secret....a-longer-secret${'.'.repeat(9)}`
      writeFileSync(file, text)
      for (const piece of [16, 20, 1_000]) {
        expect(canariesIn(file, secrets, piece).sort()).toEqual([0, 2])
      }
    }
    writeFileSync(file, '')
    expect(canariesIn(file, secrets)).toEqual([])
    expect(canariesIn(file, [])).toEqual([])
  })
})
