import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Parameters, parseParameters, readForm } from './parameters.ts'

const invalidRequest = expect.objectContaining({ code: 'invalid_request', status: 400 })
const tooLarge = expect.objectContaining({ code: 'invalid_request', status: 413 })

const FORM = 'application/x-www-form-urlencoded'

function post(body: BodyInit, type: string | null = FORM, url = 'https://as.test/token'): Request {
  const request = new Request(url, { method: 'POST', body })
  request.headers.delete('content-type')
  if (type !== null) request.headers.set('content-type', type)
  return request
}

/** A body that never ends, and how much of it was taken. */
function endless(chunk: Uint8Array<ArrayBuffer>) {
  const seen = { bytes: 0, cancelled: false }
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        seen.bytes += chunk.byteLength
        controller.enqueue(chunk)
      },
      cancel() {
        seen.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    headers: { 'content-type': FORM },
    body: stream,
    duplex: 'half',
  }
  return { seen, request: new Request('https://as.test/token', init) }
}

describe('parseParameters', () => {
  it('decodes plus signs and percent-encoded UTF-8', () => {
    expect(parseParameters('q=a+b%2Bc%20%C3%A9&r=%E2%82%AC').get('q')).toBe('a b+c é')
  })

  it('splits at the first equals sign', () => {
    expect(parseParameters('q=a=b').get('q')).toBe('a=b')
  })

  it('knows no arrays and no objects', () => {
    const parameters = parseParameters('code%5B%5D=a&code[x]=b&__proto__[x]=1&constructor=c')
    expect(parameters.get('code')).toBeUndefined()
    expect(parameters.names()).toEqual(['code[]', 'code[x]', '__proto__[x]', 'constructor'])
    expect(Object.prototype).not.toHaveProperty('x')
  })

  it('takes names of the prototype of objects as names', () => {
    const parameters = parseParameters('__proto__=a&toString=b')
    expect(parameters.get('__proto__')).toBe('a')
    expect(parameters.get('toString')).toBe('b')
    expect(parameters.has('hasOwnProperty')).toBe(false)
  })

  it('refuses a repeated __proto__ like any other name', () => {
    expect(() => parseParameters('__proto__=a&__proto__=b')).toThrow('__proto__ must not be sent')
  })

  it('refuses a repeated name even if one of the values is empty', () => {
    expect(() => parseParameters('state=&state=x')).toThrow(invalidRequest)
  })

  it('refuses a name that is the same only when decoded', () => {
    expect(() => parseParameters('code=a&%63ode=b')).toThrow(
      'code must not be sent more than once.',
    )
  })

  it('keeps the values of a repeatable name in order', () => {
    const parameters = parseParameters('resource=b&x=1&resource=&resource=a', {
      repeatable: ['resource'],
    })
    expect(parameters.all('resource')).toEqual(['b', 'a'])
    expect(parameters.get('resource')).toBe('b')
  })

  it('leaves every repetition to a caller that asks for it', () => {
    expect(parseParameters('a=1&a=2', { repeatable: 'all' }).all('a')).toEqual(['1', '2'])
  })

  it('never puts a name that is not harmless into the message', () => {
    const name = encodeURIComponent('<b>"\r\n')
    expect(() => parseParameters(`${name}=a&${name}=b`)).toThrow(
      'A parameter must not be sent more than once.',
    )
  })

  it.each(['%', '%2', '%zz', '%u0041', 'a=%'])('refuses broken percent-encoding: %s', (text) => {
    expect(() => parseParameters(text)).toThrow(invalidRequest)
  })

  it.each(['a=%ff', 'a=%c0%af', 'a=%ed%a0%80', 'a=%f4%90%80%80', 'a=%e2%82', 'a=\ud800'])(
    'refuses what is not UTF-8: %j',
    (text) => {
      expect(() => parseParameters(text)).toThrow(invalidRequest)
    },
  )

  it.each(['a=%00', 'a%00=b', 'a=\0'])('refuses NUL: %j', (text) => {
    expect(() => parseParameters(text)).toThrow(invalidRequest)
  })

  it('has a bound on length and on the number of parameters', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `p${i}=1`).join('&')
    expect(parseParameters(many(200)).names()).toHaveLength(200)
    expect(() => parseParameters(many(201))).toThrow(tooLarge)
    expect(parseParameters(`a=${'x'.repeat(65_534)}`).get('a')).toHaveLength(65_534)
    expect(() => parseParameters(`a=${'x'.repeat(65_535)}`)).toThrow(tooLarge)
  })

  it('FZ-02 agrees with URLSearchParams, and refuses what that would repair or repeat', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      'code',
      '%61',
      '%zz',
      '%ff',
      '%',
      '+',
      '=',
      '&',
      '[]',
      'é',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('')
        const reference = [...new URLSearchParams(`&${text}`)]
        const names = reference.map(([name]) => name)
        let parameters: Parameters | undefined
        try {
          parameters = parseParameters(text)
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_request' })
        }
        const repeats = new Set(names).size < names.length
        const isBroken = /%(?![0-9a-f]{2})/i.test(text) || /\ufffd/.test(reference.join(''))
        expect(parameters === undefined).toBe(repeats || isBroken)
        for (const [name, value] of parameters === undefined ? [] : reference) {
          expect(parameters?.get(name)).toBe(value === '' ? undefined : value)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('FZ-02 reads back what URLSearchParams writes', () => {
    const value = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !text.includes('\0'))
    fc.assert(
      fc.property(fc.dictionary(value, value), (record) => {
        const parameters = parseParameters(new URLSearchParams(record).toString())
        expect(parameters.names()).toEqual(Object.keys(record))
        for (const [name, each] of Object.entries(record)) expect(parameters.get(name)).toBe(each)
      }),
    )
  })
})

describe('readForm', () => {
  it.each([
    FORM,
    'APPLICATION/X-WWW-FORM-URLENCODED',
    `${FORM};charset=UTF-8`,
    `${FORM} ; charset=utf-8`,
  ])('reads %s', async (type) => {
    const form = await readForm(post('a=1&b=%C3%A9', type))
    expect([form.get('a'), form.get('b')]).toEqual(['1', 'é'])
  })

  it('reads no body as no parameters', async () => {
    const request = new Request('https://as.test/token', {
      method: 'POST',
      headers: { 'content-type': FORM },
    })
    expect((await readForm(request)).names()).toEqual([])
  })

  it.each([
    'application/json',
    'multipart/form-data; boundary=x',
    'text/plain',
    null,
    `${FORM}, text/plain`,
    `${FORM}x`,
    `text/plain; ${FORM}`,
  ])('refuses the content type %s', async (type) => {
    await expect(readForm(post('a=1', type))).rejects.toThrow(invalidRequest)
  })

  it('refuses parameters in the URL, unless the URL is known to have some', async () => {
    const url = 'https://as.test/token?code=x'
    await expect(readForm(post('a=1', FORM, url))).rejects.toThrow(invalidRequest)
    const form = await readForm(post('a=1', FORM, url), { query: 'allowed' })
    expect(form.names()).toEqual(['a'])
  })

  it('refuses bytes that are not UTF-8', async () => {
    const bytes = new Uint8Array([0x61, 0x3d, 0xff])
    await expect(readForm(post(bytes))).rejects.toThrow(invalidRequest)
  })

  it('takes a byte order mark as part of the name', async () => {
    const form = await readForm(post(new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0x3d, 0x31])))
    expect(form.names()).toEqual(['\ufeffa'])
  })

  it('reads 64 kB and not one byte more', async () => {
    expect((await readForm(post(`a=${'x'.repeat(65_534)}`))).get('a')).toHaveLength(65_534)
    await expect(readForm(post(`a=${'x'.repeat(65_535)}`))).rejects.toThrow(tooLarge)
  })

  it('stops reading an endless body', async () => {
    const { seen, request } = endless(new Uint8Array(1000).fill(0x61))
    await expect(readForm(request)).rejects.toThrow(tooLarge)
    expect(seen).toEqual({ bytes: 66_000, cancelled: true })
  })

  it('joins characters that were split between chunks', async () => {
    const bytes = new TextEncoder().encode('a=€&b=1')
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]))
        controller.close()
      },
    })
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      headers: { 'content-type': FORM },
      body: stream,
      duplex: 'half',
    }
    const form = await readForm(new Request('https://as.test/token', init))
    expect([form.get('a'), form.get('b')]).toEqual(['€', '1'])
  })
})

describe('Parameters', () => {
  it('treats a parameter without a value as absent', () => {
    const parameters = parseParameters('a=&b&c=1')
    expect(parameters.get('a')).toBeUndefined()
    expect(parameters.all('b')).toEqual([])
    expect(parameters.has('a')).toBe(false)
    expect(parameters.names()).toEqual(['c'])
  })

  it('holds what it is given', () => {
    expect(new Parameters(new Map([['a', ['1']]])).get('a')).toBe('1')
  })
})
