/**
 * Known devices: a browser in which a user has signed in before is told apart from strangers, so
 * that a stranger's failures never make the owner wait.
 *
 * The cookie signs nobody in: it only chooses whose budget an attempt spends. A list of devices
 * to revoke one by one is left out; a new password makes all of them strangers.
 *
 * @see {@link https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies | OWASP, device cookies}
 * @module
 */

import { type Platform, randomToken } from '../platform.ts'
import type { User } from '../store/tables.ts'
import type { Vault } from '../vault/index.ts'

/** The cookie that tells a browser its user has signed in with before. */
export const DEVICE_COOKIE = '__Host-wd_dev'

/** The device's id, when the cookie ends (seconds, base 36), and the keyed hash over both. */
const COOKIE_VALUE = /^([A-Za-z0-9_-]{22})\.([0-9a-z]{1,10})\.([A-Za-z0-9_-]{43})$/

/** Known devices. */
export interface Devices {
  /** A cookie for a browser the user has just signed in with; keeps the id it had. */
  remember(user: User, deviceId: string | undefined): string
  /** The id of the device, if the cookie was made for this user and still holds. */
  recognize(cookie: string | undefined, user: User | undefined): string | undefined
}

/** What devices work with. */
export interface DevicesContext {
  readonly vault: Vault
  readonly platform: Platform
  /** Seconds. */
  readonly life: number
}

/** Makes the keeper of known devices. */
export function createDevices({ vault, platform, life }: DevicesContext): Devices {
  return {
    remember(user, deviceId = randomToken(platform, 16)) {
      const end = (Math.floor(platform.now() / 1000) + life).toString(36)
      const mac = vault.hash('device', user.id, String(user.epoch), deviceId, end)
      return `${deviceId}.${end}.${mac}`
    },
    recognize(cookie, user) {
      if (cookie === undefined || user === undefined) return undefined
      const [, deviceId, end, mac] = COOKIE_VALUE.exec(cookie) ?? []
      if (deviceId === undefined || end === undefined || mac === undefined) return undefined
      const made = vault.matches('device', mac, user.id, String(user.epoch), deviceId, end)
      return made && Number.parseInt(end, 36) * 1000 > platform.now() ? deviceId : undefined
    },
  }
}
