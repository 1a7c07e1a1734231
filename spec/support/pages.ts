/** What tests expect of pages and of answers to the client, in the words of the attack catalogue. */

import { expect } from 'vitest'

/** The stylesheet, the script and the tags: what a reader does not read. */
const UNREAD = /<(style|script)\b[\s\S]*?<\/\1>|<[^>]*>/g

/** The words of a page, as its reader sees them. */
export function wordsOf(page: string): string {
  return page
    .replace(/<wbr\s*\/?>/g, '')
    .replace(UNREAD, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Every page: read by its user alone, in no frame, kept nowhere, from nowhere else. */
export function expectPage(response: Response, status = 200): void {
  expect(response.status).toBe(status)
  expect(response.headers.get('location')).toBeNull()
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  expect(response.headers.get('x-frame-options')).toBe('DENY')
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  const policy = response.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).toContain("base-uri 'none'")
}

/** `PAGE400`: the user is told, and nobody else. Gives the page. */
export async function expectErrorPage(response: Response, status = 400): Promise<string> {
  expectPage(response, status)
  const page = await response.text()
  expect(page).toContain('id="error"')
  expect(page).not.toContain('<a ')
  return page
}

/** The parameters of an answer to the client, and where it went. */
export interface Answer {
  /** The redirect URI, without what the answer added. */
  readonly target: string
  readonly parameters: URLSearchParams
}

/** Takes an answer apart. */
export function answerIn(location: string): Answer {
  const [target = '', query = ''] = location.split('?')
  return { target, parameters: new URLSearchParams(query) }
}

/** An answer that sends the browser to the client. */
export function expectAnswer(response: Response): Answer {
  expect(response.status).toBe(303)
  expect(response.headers.get('cache-control')).toBe('no-store')
  return answerIn(response.headers.get('location') ?? '')
}

/** `RDR(error)`: the client is told, with its state, by whom; and gets nothing else. */
export function expectErrorAnswer(response: Response, error: string, state = 'a state'): Answer {
  const answer = expectAnswer(response)
  expect(Object.fromEntries(answer.parameters)).toEqual({
    error,
    error_description: expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/),
    error_uri: expect.stringMatching(/^https:\/\/[\x21\x23-\x5b\x5d-\x7e]+$/),
    state,
    iss: 'https://as.test',
  })
  return answer
}
