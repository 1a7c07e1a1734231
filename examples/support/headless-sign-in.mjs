/**
 * A person at a browser, for programs: opens an authorization URL, signs in, allows, and answers
 * with the address the browser would be sent to at the client.
 */

const field = (page, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1]

const unescaped = (text) =>
  text.replace(
    /&(amp|quot|lt|gt|#39);/g,
    (_, name) => ({ amp: '&', quot: '"', lt: '<', gt: '>' })[name] ?? "'",
  )

/** What to answer on a page of Warder's. */
function answerTo(page, { username, password, action = 'approve' }) {
  const [, problem] = /id="error" data-code="([^"]*)"/.exec(page) ?? []
  if (problem !== undefined) throw new Error(`The page says ${problem}.`)
  const csrf = field(page, 'csrf') ?? ''
  if (page.includes('name="password"')) return { csrf, action: 'login', username, password }
  if (page.includes('value="approve"')) return { csrf, action }
  throw new Error(
    `This page asks nothing that is known:\n${page.replace(/<style.*?<\/style>/s, '')}`,
  )
}

/**
 * @param {string | URL} authorizationUrl
 * @param {{ username: string, password: string, action?: 'approve' | 'deny', cookies?: Map<string, string> }} person
 * @returns {Promise<string>} the address at the client, with its `code` or `error`
 */
export async function signIn(authorizationUrl, person) {
  const { cookies = new Map() } = person
  const { origin } = new URL(authorizationUrl)
  let request = { url: String(authorizationUrl), init: {} }
  for (let step = 0; step < 12; step++) {
    const headers = {
      ...request.init.headers,
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    }
    const response = await fetch(request.url, { ...request.init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(';')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    const location = response.headers.get('location')
    if (location !== null) {
      const next = new URL(location, request.url)
      if (next.origin !== origin) return next.href
      request = { url: next.href, init: {} }
      continue
    }
    const page = await response.text()
    const action = unescaped(/<form[^>]* action="([^"]*)"/.exec(page)?.[1] ?? request.url)
    request = {
      url: new URL(action, request.url).href,
      init: {
        method: 'POST',
        body: new URLSearchParams(answerTo(page, person)),
        headers: { origin, 'sec-fetch-site': 'same-origin' },
      },
    }
  }
  throw new Error('The sign-in did not end.')
}
