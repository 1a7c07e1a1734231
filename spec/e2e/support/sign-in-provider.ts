/**
 * What a program gives to either SDK so that it can sign its user in: a memory for what it learns,
 * and a place where it leaves the address that the user must open.
 *
 * Both SDKs ask for the same methods, so one class serves both.
 */

/** What an SDK has its program remember. */
interface Kinds {
  readonly information: { readonly client_id: string; readonly client_secret?: string | undefined }
  readonly tokens: {
    readonly access_token: string
    readonly refresh_token?: string | undefined
    readonly scope?: string | undefined
  }
  readonly discovery: object
}

/** How the program is known to the server: by a document, by itself, or by an administrator. */
export interface Registration<Information = Kinds['information']> {
  /** The address of its metadata document, if it has one. */
  readonly clientMetadataUrl?: string
  /** What an administrator gave it. */
  readonly information?: Information
}

/** What it says of itself. */
interface ClientWords {
  readonly client_name: string
  readonly redirect_uris: string[]
  readonly grant_types: string[]
  readonly response_types: string[]
  readonly token_endpoint_auth_method: string
}

/** Nobody listens there: the tests read the address that the browser is sent to. */
export const CALLBACK = 'http://127.0.0.1:1/callback'

/** A public program with a user. */
export const clientWords = (name: string): ClientWords => ({
  client_name: name,
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
})

/** What there is to see of a provider, whatever its SDK. */
export interface SignInMemory {
  readonly information: Kinds['information'] | undefined
  readonly saved: Kinds['tokens'] | undefined
  /** The addresses that the user was to open, the last one last. */
  readonly opened: readonly URL[]
  /** The address that the user must open now. */
  readonly page: URL
}

export class SignInProvider<K extends Kinds> implements SignInMemory {
  readonly redirectUrl = CALLBACK
  readonly clientMetadata: ClientWords
  readonly clientMetadataUrl?: string
  readonly opened: URL[] = []
  information: K['information'] | undefined
  saved: K['tokens'] | undefined
  #discovery: K['discovery'] | undefined
  #verifier = ''
  #states = 0

  constructor(words: ClientWords, registration: Registration<K['information']> = {}) {
    this.clientMetadata = words
    this.information = registration.information
    const { clientMetadataUrl } = registration
    if (clientMetadataUrl !== undefined) this.clientMetadataUrl = clientMetadataUrl
  }

  state = () => `state-${++this.#states}`
  clientInformation = () => this.information
  saveClientInformation = (information: K['information']) => {
    this.information = information
  }
  tokens = () => this.saved
  saveTokens = (tokens: K['tokens']) => {
    this.saved = tokens
  }
  discoveryState = () => this.#discovery
  saveDiscoveryState = (discovery: K['discovery']) => {
    this.#discovery = discovery
  }
  redirectToAuthorization = (url: URL) => {
    this.opened.push(url)
  }
  saveCodeVerifier = (verifier: string) => {
    this.#verifier = verifier
  }
  codeVerifier = () => this.#verifier

  get page(): URL {
    const url = this.opened.at(-1)
    if (url === undefined) throw new Error('The user was not sent anywhere.')
    return url
  }
}
