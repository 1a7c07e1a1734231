/** A browser as far as forms and redirects go: cookies, Sec-Fetch-Site, hidden fields. */

import type { AuthorizationServer } from 'warder/server'

export interface Submission {
  readonly fields: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

export class Browser {
  readonly cookies = new Map<string, string>()
  readonly #server: Pick<AuthorizationServer, 'fetch'>
  readonly #issuer: string
  address = '192.0.2.10'

  constructor(server: Pick<AuthorizationServer, 'fetch'>, issuer: string) {
    this.#server = server
    this.#issuer = issuer
  }

  /** One request, without following. */
  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.cookies.size > 0 && !headers.has('cookie')) {
      headers.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    }
    const request = new Request(new URL(url, this.#issuer), { ...init, headers })
    const response = await this.#server.fetch(request, { remoteAddress: this.address })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    return response
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const name = pair.slice(0, pair.indexOf('='))
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name)
    else this.cookies.set(name, pair.slice(pair.indexOf('=') + 1))
  }

  /** Whether an address is on the server. */
  #isHere(location: string): boolean {
    return new URL(location, this.#issuer).origin === new URL(this.#issuer).origin
  }

  /** Follows redirects while they stay on the server; answers with the page, or the way out. */
  async open(url: string): Promise<{ response: Response; url: string }> {
    let at = url
    for (let hops = 0; hops < 10; hops++) {
      const response = await this.fetch(at)
      const location = response.headers.get('location')
      if (location === null || !this.#isHere(location)) return { response, url: at }
      at = location
    }
    throw new Error('The server redirects in a circle.')
  }

  /** GETs the authorization endpoint. */
  start(
    parameters: Readonly<Record<string, string>>,
  ): Promise<{ response: Response; url: string }> {
    return this.open(`${this.#issuer}/authorize?${new URLSearchParams({ ...parameters })}`)
  }

  /** Sends the form of a page as its own button would. */
  async submit(page: string, url: string, { fields, headers = {} }: Submission): Promise<Response> {
    const csrf = /name="csrf" value="([^"]*)"/.exec(page)?.[1] ?? ''
    return this.fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ csrf, ...fields }),
      headers: {
        'sec-fetch-site': 'same-origin',
        origin: new URL(this.#issuer).origin,
        ...headers,
      },
    })
  }

  /** Presses a button of the page where the browser is, and gives what comes back. */
  async press(
    at: { response: Response; url: string },
    action: string,
    { fields = {}, headers = {} }: Partial<Submission> = {},
  ): Promise<Response> {
    const page = await at.response.clone().text()
    return this.submit(page, at.url, { fields: { action, ...fields }, headers })
  }

  /** Signs in at the page where the browser is, and gives the page that follows. */
  async signIn(
    at: { response: Response; url: string },
    username = 'alice@example.com',
    password = 'correct horse battery staple',
  ): Promise<{ response: Response; url: string }> {
    const page = await at.response.clone().text()
    const answer = await this.submit(page, at.url, {
      fields: { action: 'login', username, password },
    })
    const location = answer.headers.get('location')
    if (location === null) return { response: answer, url: at.url }
    // Whatever is left to ask comes next, or the way out.
    return this.#isHere(location) ? this.open(location) : { response: answer, url: location }
  }

  /** The whole way: request, sign-in if asked, approval if asked. Gives the address at the client. */
  async authorize(
    parameters: Readonly<Record<string, string>>,
    username = 'alice@example.com',
  ): Promise<string> {
    let at = await this.start(parameters)
    let page = await at.response.clone().text()
    if (page.includes('name="password"')) {
      at = await this.signIn(at, username)
      page = await at.response.clone().text()
    }
    if (page.includes('value="approve"')) {
      const answer = await this.submit(page, at.url, { fields: { action: 'approve' } })
      return answer.headers.get('location') ?? ''
    }
    return at.response.headers.get('location') ?? ''
  }
}
