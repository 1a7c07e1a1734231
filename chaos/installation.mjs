/**
 * What the servers are to serve: settings, people, clients, and what people have given to clients.
 *
 * People sign in through the product's own pages, by the library in this process: the same code as
 * over HTTP, without the sockets, so that thousands of codes are there in seconds.
 */

import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { digest, generationOf } from './clients/http.mjs'
import { platformOf } from './clock.mjs'

const REDIRECT_URI = 'https://client.example/callback'
const MOUNT = 'notes'

const token = (bytes = 24) => randomBytes(bytes).toString('base64url')
const challengeOf = (verifier) => createHash('sha256').update(verifier).digest('base64url')
const field = (page, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? ''

/**
 * Limits are for attackers, and the crowds here come from one address. What is shed when a server is
 * late is tried by a scenario of its own; elsewhere a busy machine must not look like a fault.
 */
const generous = {
  accounts: {
    perSource: { perMinute: 100_000, burst: 100_000 },
    passwords: { hashesWaiting: 1000 },
  },
  operations: { load: { requests: 10_000, delay: 10_000 } },
  limits: { token: 1_000_000, authorize: 1_000_000, clientFailures: 10_000 },
}

export class Installation {
  people = []
  /** What may be found nowhere. */
  canaries = []
  #warder
  #options

  /** @param options `{ build, folder, data, issuer, storeUrl, limitsUrl, ttl, settings, clock }` */
  constructor(options) {
    this.#options = options
    const { folder, data, issuer, storeUrl, limitsUrl, ttl = {}, settings = {} } = options
    const kek = randomBytes(32).toString('base64')
    this.canaries.push(kek)
    this.env = {
      WARDER_CHAOS_KEK: kek,
      WARDER_CHAOS_STORE: storeUrl,
      WARDER_CHAOS_LIMITS: limitsUrl ?? '',
    }
    this.settings = {
      issuer,
      data,
      vault: { kek: { env: 'WARDER_CHAOS_KEK' } },
      store: { url: { env: 'WARDER_CHAOS_STORE' }, ...settings.store },
      ...(limitsUrl && { limits: { url: { env: 'WARDER_CHAOS_LIMITS' }, ...settings.limits } }),
      accounts: generous.accounts,
      operations: settings.operations ?? generous.operations,
      server: {
        ...settings.server,
        ttl: { authorizationCode: 600, ...ttl },
        limits: generous.limits,
      },
      ...(settings.audit && { audit: settings.audit }),
      mcp: {
        [MOUNT]: {
          url: 'http://127.0.0.1:9/',
          scopes: { [`${MOUNT}:use`]: { description: 'use notes' } },
          tools: { '*': [`${MOUNT}:use`] },
        },
      },
    }
    this.config = join(folder, 'warder.config.json')
    writeFileSync(this.config, JSON.stringify(this.settings))
  }

  get resource() {
    return `${this.settings.issuer}/mcp/${MOUNT}`
  }

  /** The installation as a command of the administrator has it, in this process. */
  async open(changes = {}) {
    const { build, clock } = this.#options
    const { createWarder } = await import(pathToFileURL(join(build, 'dist/index.js')).href)
    return createWarder(
      // One person's work, which must leave connections to the servers.
      { ...this.settings, ...changes, store: { ...this.settings.store, pool: 4 } },
      { upkeep: false, platform: platformOf(clock), readEnv: (name) => this.env[name] },
    )
  }

  /** Adds people and clients, and signs the people in. */
  async prepare({ people = 4 } = {}) {
    this.#warder = await this.open()
    await this.addClient('chaos')
    const service = await this.#warder.clients.add({
      id: 'service',
      metadata: { client_name: 'Service', redirect_uris: [], grant_types: ['client_credentials'] },
      resources: null,
    })
    const clientSecret = service.secret.reveal('the harness is its client')
    this.service = { clientId: 'service', clientSecret, resource: this.resource }
    this.canaries.push(clientSecret)
    for (let i = 0; i < people; i++)
      this.people.push(await this.addPerson(`person${i}@example.com`))
  }

  /** The administrator's view, for as long as {@link close} was not called. */
  get warder() {
    return this.#warder
  }

  addClient(id, grantTypes = ['authorization_code', 'refresh_token']) {
    return this.#warder.clients.add({
      id,
      metadata: {
        client_name: id,
        redirect_uris: [REDIRECT_URI],
        grant_types: grantTypes,
        token_endpoint_auth_method: 'none',
      },
      resources: null,
    })
  }

  async addPerson(email) {
    const { build } = this.#options
    const { Secret } = await import(pathToFileURL(join(build, 'dist/vault/index.js')).href)
    const password = token()
    this.canaries.push(password)
    const { id } = await this.#warder.accounts.add({
      email,
      password: new Secret(password),
      roles: [],
    })
    const person = { id, email, password, cookies: new Map() }
    await this.authorize(person)
    return person
  }

  /** A code that a person gives to a client. */
  async authorize(person, { clientId = 'chaos' } = {}) {
    const verifier = token(32)
    const query = this.query(verifier, clientId)
    const location = await this.#follow(`${this.settings.issuer}/authorize?${query}`, person)
    const code = new URL(location).searchParams.get('code')
    if (code === null) throw new Error(`No code came: ${location}`)
    return {
      key: digest(code),
      code,
      verifier,
      redirectUri: REDIRECT_URI,
      clientId,
      subject: person.id,
    }
  }

  /** What a client sends people to the authorization endpoint with. */
  query(verifier = token(32), clientId = 'chaos') {
    return String(
      new URLSearchParams({
        ...{ response_type: 'code', client_id: clientId, redirect_uri: REDIRECT_URI },
        ...{ code_challenge: challengeOf(verifier), code_challenge_method: 'S256' },
        ...{ scope: `${MOUNT}:use`, resource: this.resource, state: 's' },
      }),
    )
  }

  async codes(count) {
    return this.#many(count, (i) => this.authorize(this.people[i % this.people.length]))
  }

  /** Families of refresh tokens, each with its first token. */
  async families(count, options) {
    return this.#many(count, async (i) =>
      this.redeem(await this.authorize(this.people[i % this.people.length], options)),
    )
  }

  async redeem({ code, verifier, redirectUri, clientId, subject }) {
    const response = await this.#warder.fetch(
      new Request(`${this.settings.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          ...{ grant_type: 'authorization_code', code, code_verifier: verifier },
          ...{ redirect_uri: redirectUri, client_id: clientId },
        }),
      }),
    )
    const body = await response.json()
    if (response.status !== 200) throw new Error(`No tokens came: ${JSON.stringify(body)}`)
    const { refresh_token: refreshToken, access_token: accessToken } = body
    const { sid } = JSON.parse(Buffer.from(accessToken.split('.')[1], 'base64url'))
    if (generationOf(refreshToken) !== 0) throw new Error('A family did not begin at 0.')
    if (this.canaries.length < 12) this.canaries.push(refreshToken, code)
    return { id: sid, refreshToken, accessToken, clientId, subject }
  }

  /** Several at a time, so that they share flushes of the disk. */
  async #many(count, make) {
    const made = []
    for (let i = 0; i < count; i += 50) {
      const some = Array.from({ length: Math.min(50, count - i) }, (_, j) => make(i + j))
      made.push(...(await Promise.all(some)))
    }
    return made
  }

  /** One request of a person's browser, or of whatever they hold in their hand. */
  async visit(person, path, { form } = {}) {
    const { issuer } = this.settings
    const response = await this.#send(person, new URL(path, issuer).href, form)
    const text = await response.text()
    return { status: response.status, text, csrf: field(text, 'csrf') }
  }

  async #send(person, url, form) {
    const cookie = [...person.cookies].map((pair) => pair.join('=')).join('; ')
    const { origin } = new URL(url)
    const posted = form && {
      ...{ method: 'POST', body: new URLSearchParams(form) },
      headers: { cookie, origin, 'sec-fetch-site': 'same-origin' },
    }
    const response = await this.#warder.fetch(new Request(url, posted ?? { headers: { cookie } }))
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
      person.cookies.set(name, value)
    }
    return response
  }

  /** Follows a person from page to page, until they are sent away. */
  async #follow(address, person) {
    const { origin } = new URL(address)
    let request = { url: address }
    for (let step = 0; step < 10; step++) {
      const response = await this.#send(person, request.url, request.form)
      const location = response.headers.get('location')
      if (location === null) {
        request = this.#answer(await response.text(), request.url, person)
        continue
      }
      const next = new URL(location, request.url)
      if (next.origin !== origin) return next.href
      request = { url: next.href }
    }
    throw new Error('The sign-in did not end.')
  }

  #answer(page, url, { email, password }) {
    const csrf = field(page, 'csrf')
    const asksPassword = page.includes('name="password"')
    if (!asksPassword && !page.includes('value="approve"')) {
      throw new Error(`An unknown page: ${page.replace(/<style.*?<\/style>/s, '').slice(0, 600)}`)
    }
    const action = /<form[^>]* action="([^"]*)"/.exec(page)?.[1].replaceAll('&amp;', '&') ?? url
    return {
      url: new URL(action, url).href,
      form: asksPassword
        ? { csrf, action: 'login', username: email, password }
        : { csrf, action: 'approve' },
    }
  }

  async close() {
    await this.#warder?.close()
    this.#warder = undefined
  }
}
