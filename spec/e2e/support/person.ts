/** A person at a browser who knows their password, and what they were sent to. */

import { signIn } from '../../../examples/support/headless-sign-in.mjs'
import type { Person } from './installation.ts'

/** A browser of somebody's: its cookies stay from one visit to the next. */
export class Browser {
  readonly #person: Person
  readonly #cookies = new Map<string, string>()

  constructor(person: Person) {
    this.#person = person
  }

  /** Signs in and allows where asked. Answers with the address that the browser is sent to. */
  async allow(authorizationUrl: URL | string): Promise<URL> {
    return this.#follow(authorizationUrl, 'approve')
  }

  /** Signs in and denies. */
  async deny(authorizationUrl: URL | string): Promise<URL> {
    return this.#follow(authorizationUrl, 'deny')
  }

  async #follow(url: URL | string, action: 'approve' | 'deny'): Promise<URL> {
    return new URL(await signIn(url, { ...this.#person, action, cookies: this.#cookies }))
  }
}
