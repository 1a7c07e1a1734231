/** People who sign in with a password, over HTTP, page by page. */

const field = (page, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? ''

/**
 * Opens the authorization page and sends the password.
 *
 * @param person `{ email, password, query }`
 * @returns the record of what sent the password: `ok` is a session
 */
export async function signIn(http, { email, password, query }, options) {
  const cookies = new Map()
  const visit = async (path, about) => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const answer = await http.send({
      path,
      key: email,
      ...about,
      ...options,
      headers: { cookie, ...about.headers },
    })
    for (const line of answer.secret.cookies ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
      cookies.set(name, value)
    }
    return answer
  }
  const begun = await visit(`/authorize?${query}`, { op: 'authorize', method: 'GET' })
  if (begun.secret.location === undefined) return begun
  const at = new URL(begun.secret.location)
  const page = await visit(at.pathname + at.search, { op: 'page', method: 'GET' })
  if (page.status !== 200) return page
  return visit(at.pathname + at.search, {
    op: 'sign-in',
    method: 'POST',
    form: { csrf: field(page.secret.text, 'csrf'), action: 'login', username: email, password },
    headers: { origin: at.origin, 'sec-fetch-site': 'same-origin' },
  })
}
