/** A second process on the first one's data: the same keys and settings, nothing in memory shared. */

import { createAccounts } from 'warder/accounts'
import type { Limits } from 'warder/limits'
import { createAuthorizationServer, loadSigningKeys, serverSettings } from 'warder/server'
import { observedStore, type Store } from 'warder/store'
import type { FakePlatform } from 'warder/testing'
import type { WarderEvent } from '../../src/events.ts'
import type { OutwardFetch } from '../../src/protocol/outward-fetch.ts'
import type { ProtectedResource } from '../../src/protocol/protected-resource.ts'
import { cheapSettings } from '../fixtures/people.ts'
import { ISSUER, type Rig, resources } from './authorization-server.ts'
import { Browser } from './browser.ts'

export interface AnotherOptions {
  /** Another handle on the same data; the first server's own unless told. */
  readonly store?: Store
  /** Another clock; the first server's own unless told. */
  readonly platform?: FakePlatform
  readonly settings?: unknown
  /** What tokens can be issued for; the same as on the first server unless told. */
  readonly resources?: readonly ProtectedResource[]
  readonly outwardFetch?: OutwardFetch
  /** What requests are counted in, if not in the process. */
  readonly limits?: Limits
}

/** Another server of the same installation, with the fixtures that are there already. */
export async function anotherServer(rig: Rig, options: AnotherOptions = {}): Promise<Rig> {
  const { vault } = rig
  const platform = options.platform ?? rig.platform
  const events: WarderEvent[] = []
  const onEvent = (event: WarderEvent) => void events.push(event)
  const store = observedStore(options.store ?? rig.store, onEvent)
  const people = cheapSettings()
  const accounts = createAccounts({ store, vault, platform, settings: people, onEvent })
  const settings = serverSettings.parse(options.settings ?? {})
  const keys = await loadSigningKeys({ store, vault, platform, settings })
  const server = createAuthorizationServer({
    resources: options.resources ?? resources,
    ...{ issuer: ISSUER, settings, store, vault, accounts, keys, platform, onEvent },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    outwardFetch:
      options.outwardFetch ?? (() => Promise.reject(new Error('There is no network here.'))),
  })
  return {
    ...rig,
    ...{ server, platform, store, accounts, keys, events },
    browser: () => new Browser(server, ISSUER),
    post: (path, form, headers = {}) =>
      server.fetch(
        new Request(`${ISSUER}${path}`, {
          method: 'POST',
          body: new URLSearchParams(form),
          headers,
        }),
        { remoteAddress: '192.0.2.1' },
      ),
  }
}
