/**
 * Whether a server can do its work, looked at when somebody asks, and at most once a second.
 *
 * Who asks is told the names of what is wrong, and nothing else: anybody may ask. Why is for the log.
 * A database that is slow makes every server unready at once, which is why a look waits longer than a
 * healthy one takes, and no longer than lets it be red within two seconds.
 *
 * @module
 */

import { type Platform, systemPlatform } from '../platform.ts'
import { systemTimers, type Timers } from '../timers.ts'

/** One thing without which requests cannot be answered. */
export interface HealthCheck {
  readonly name: Exclude<Ailment, 'stopping'>
  /** @throws whatever is wrong. */
  check(): Promise<void> | void
}

/** What can be wrong with a server. */
export const ailmentNames = ['store', 'migrations', 'keys', 'journal', 'stopping'] as const

/** What is wrong with a server. */
export type Ailment = (typeof ailmentNames)[number]

/** The health of a server. */
export interface Health {
  /** What is wrong, by name; nothing if it is ready. Never throws. */
  ailments(): Promise<readonly Ailment[]>
  /** From now on it is stopping: whoever sends requests here is to send them elsewhere. */
  leave(): void
}

/** What health is made of. */
export interface HealthOptions {
  readonly checks: readonly HealthCheck[]
  readonly platform?: Platform
  readonly timers?: Timers
  /** Told why, when something goes wrong, and when nothing is wrong any more. */
  onChange(sentence: string): void
}

/** How long what was seen is taken to be so, in milliseconds. */
const FRESH = 1_000
/** How long one look may take. The two together are what it takes to be red. */
const PATIENCE = 900

/** Makes the health of a server. */
export function createHealth(options: HealthOptions): Health {
  return new WatchedHealth(options)
}

interface Finding {
  readonly name: Ailment
  readonly reason: string
}

class WatchedHealth implements Health {
  readonly #checks: readonly HealthCheck[]
  readonly #platform: Platform
  readonly #timers: Timers
  readonly #onChange: (sentence: string) => void
  #look: { readonly at: number; readonly findings: Promise<readonly Finding[]> } | undefined
  #told = ''
  #isLeaving = false

  constructor({ checks, onChange, ...given }: HealthOptions) {
    this.#checks = checks
    this.#onChange = onChange
    this.#platform = given.platform ?? systemPlatform
    this.#timers = given.timers ?? systemTimers
  }

  async ailments(): Promise<readonly Ailment[]> {
    if (this.#isLeaving) return ['stopping']
    const now = this.#platform.now()
    const age = this.#look === undefined ? FRESH : now - this.#look.at
    // A clock that was set back must not make what was seen last for ever.
    if (this.#look === undefined || age >= FRESH || age < 0) {
      this.#look = { at: now, findings: this.#examine() }
    }
    const findings = await this.#look.findings
    return findings.map(({ name }) => name)
  }

  leave(): void {
    this.#isLeaving = true
  }

  async #examine(): Promise<readonly Finding[]> {
    const found = await Promise.all(this.#checks.map((check) => this.#find(check)))
    const findings = found.filter((finding) => finding !== undefined)
    this.#tell(findings)
    return findings
  }

  async #find({ name, check }: HealthCheck): Promise<Finding | undefined> {
    let callOff = () => {}
    const late = new Promise<never>((_, reject) => {
      callOff = this.#timers.after(PATIENCE, () => {
        reject(new Error(`no answer in ${PATIENCE} ms`))
      })
    })
    try {
      await Promise.race([late, Promise.resolve().then(check)])
      return undefined
    } catch (error) {
      return { name, reason: reasonOf(error) }
    } finally {
      callOff()
    }
  }

  /** Once a change, not once a look. */
  #tell(findings: readonly Finding[]): void {
    const names = findings.map(({ name }) => name).join(' ')
    if (names === this.#told) return
    this.#told = names
    const reasons = findings.map(({ name, reason }) => `${name} (${reason})`)
    this.#onChange(names === '' ? 'Ready again.' : `Not ready: ${reasons.join(', ')}.`)
  }
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const { detail } = error as { readonly detail?: unknown }
  return typeof detail === 'string' ? detail : error.message
}
