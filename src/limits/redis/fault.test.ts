import { describe, expect, it } from 'vitest'
import { faultOf, replyCode } from './fault.ts'

const reply = (message: string) => new Error(message)
const socket = (code: string) => Object.assign(new Error(`connect ${code} canary`), { code })

describe('What Redis or the socket says', () => {
  it.each([
    ['WRONGPASS invalid username-password pair', 'it answered WRONGPASS', 'not let Warder in'],
    ['NOAUTH HELLO must be called with canary', 'it answered NOAUTH', 'not let Warder in'],
    ['NOPERM User canary has no permissions', 'it answered NOPERM', 'may not do'],
    // What a server says that is older than the command.
    [
      'ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `canary`',
      'it answered ERR',
      'handshake',
    ],
    ['OOM command not allowed', 'it answered OOM', undefined],
    ['READONLY You can’t write against a read only replica.', 'it answered READONLY', undefined],
    ['LOADING Redis is loading the dataset in memory', 'it answered LOADING', undefined],
    ['The client is closed', 'the connection was lost', undefined],
    ['Socket closed unexpectedly', 'the connection was lost', undefined],
  ])('%s', (message, reason, problem) => {
    const fault = faultOf(reply(message))
    expect(fault.message).toBe(reason)
    if (problem === undefined) expect(fault.mistake).toBeUndefined()
    else expect(fault.mistake?.problem).toContain(problem)
    expect(JSON.stringify([fault.message, fault.mistake, fault.cause])).not.toContain('canary')
  })

  it.each([
    ['ECONNREFUSED', false],
    ['ENOTFOUND', false],
    ['ETIMEDOUT', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', true],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', true],
    ['CERT_HAS_EXPIRED', true],
    ['ERR_TLS_CERT_ALTNAME_INVALID', true],
  ])('%s: is it for an operator to mend? %s', (code, isMistake) => {
    const fault = faultOf(socket(code))
    expect(fault.message).toBe(`the connection failed: ${code}`)
    expect(fault.mistake !== undefined).toBe(isMistake)
  })

  it('is the same fault when it is read twice', () => {
    const fault = faultOf(reply('OOM full'))
    expect(faultOf(fault)).toBe(fault)
  })

  it('has the code of a reply only where there is one', () => {
    expect(replyCode(reply('NOSCRIPT No matching script.'))).toBe('NOSCRIPT')
    expect(replyCode(reply('No script'))).toBeUndefined()
    expect(replyCode('NOSCRIPT x')).toBeUndefined()
  })
})
