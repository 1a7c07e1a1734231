import { describe, expect, it } from 'vitest'
import { isRequest, parseMessage } from '../protocol/json-rpc.ts'
import { fakePlatform } from '../testing/clock.ts'
import { createVault, Secret } from '../vault/index.ts'
import { RequestStates } from './request-states.ts'

const alice = { subject: 'alice', clientId: 'web' }

function states(mount = 'https://mcp.test/mcp') {
  const platform = fakePlatform()
  const vault = createVault(new Secret(new Uint8Array(32).fill(7)))
  const made = new RequestStates(mount, vault, platform)
  const ask = (params: object, method = 'tools/call') =>
    parseMessage({ jsonrpc: '2.0', id: 1, method, params })
  const first = ask({ name: 'pay', arguments: { to: 'bob', sum: 5 } })
  const sealed = made.seal({ resultType: 'input_required', requestState: 'inner' }, alice, first)
  /** Brings a state back, and gives what the server gets. */
  const bring = (params: object, { caller = alice, method = 'tools/call' } = {}) => {
    const opened = made.open(ask(params, method), caller)
    return isRequest(opened) ? opened.params?.requestState : undefined
  }
  return { platform, made, bring, requestState: String(sealed.requestState) }
}

describe('MC-10 requestState', () => {
  const same = { name: 'pay', arguments: { sum: 5, to: 'bob' } }

  it('comes back as the server gave it, in whatever order the arguments are written', () => {
    const { bring, requestState } = states()
    expect(requestState).not.toBe('inner')
    expect(bring({ ...same, requestState, inputResponses: {} })).toBe('inner')
  })

  it.each([
    ['another user', same, { caller: { subject: 'mallory', clientId: 'web' } }],
    ['another client of the same user', same, { caller: { subject: 'alice', clientId: 'evil' } }],
    ['another tool', { ...same, name: 'delete' }, {}],
    ['other arguments', { ...same, arguments: { to: 'mallory', sum: 5 } }, {}],
    ['another method', same, { method: 'prompts/get' }],
  ])('is refused from %s', (_, params, by) => {
    const { bring, requestState } = states()
    expect(() => bring({ ...params, requestState }, by)).toThrow('not valid for this request')
  })

  it('is refused at another server', () => {
    const { requestState } = states()
    const { bring } = states('https://other.test/mcp')
    expect(() => bring({ ...same, requestState })).toThrow('not valid for this request')
  })

  it('is refused after ten minutes', () => {
    const { bring, requestState, platform } = states()
    platform.advance(599_999)
    expect(bring({ ...same, requestState })).toBe('inner')
    platform.advance(1)
    expect(() => bring({ ...same, requestState })).toThrow('not valid for this request')
  })

  it('is refused if a character of it differs, if it is large, and if it is none of ours', () => {
    const { bring, requestState } = states()
    for (let at = 0; at < requestState.length; at++) {
      const other = requestState[at] === 'A' ? 'B' : 'A'
      const changed = requestState.slice(0, at) + other + requestState.slice(at + 1)
      expect(() => bring({ ...same, requestState: changed })).toThrow('not valid for this request')
    }
    for (const none of ['inner', '', 'x'.repeat(1_000_000), 1, null, { a: 1 }]) {
      expect(() => bring({ ...same, requestState: none })).toThrow('not valid for this request')
    }
  })

  it('leaves what carries no state as it is', () => {
    const { made, bring } = states()
    expect(bring(same)).toBeUndefined()
    expect(made.seal({ content: [] }, alice, undefined)).toEqual({ content: [] })
  })
})
