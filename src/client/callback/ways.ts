/**
 * Ways to ask a person for what a client needs, to be given to it as `onSignInNeeded`.
 *
 * @module
 */

import type { DeviceSignIn } from '../sign-in.ts'
import type { SignInNeed } from '../sign-in-need.ts'
import type { UserAgent } from './user-agent.ts'

/** Asks a person, and resolves when they have said yes. */
export type SignInWay = (need: SignInNeed) => Promise<void>

/** Signs people in by way of a browser, such as {@link loopback} or {@link paste}. */
export const withBrowser =
  (agent: UserAgent, options: { readonly signal?: AbortSignal } = {}): SignInWay =>
  async (need) => {
    const visit = await agent.visit(await need.registeredRedirectUris())
    try {
      const { url, pending } = await need.begin({ redirectUri: visit.redirectUri })
      const departure = { url, state: pending.state, ...options }
      await visit.send(departure, (callbackUrl) => need.finish(callbackUrl, pending))
    } finally {
      await visit.close()
    }
  }

/** What a person is shown who signs in on another machine. */
export type DevicePrompt = Pick<
  DeviceSignIn,
  'userCode' | 'verificationUri' | 'verificationUriComplete' | 'expiresAt'
>

/** Signs people in with a code that they type in on another machine. */
export const withDeviceCode =
  (
    show: (prompt: DevicePrompt) => void | Promise<void>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): SignInWay =>
  async (need) => {
    const device = await need.beginDevice()
    const { userCode, verificationUri, verificationUriComplete, expiresAt } = device
    await show({ userCode, verificationUri, verificationUriComplete, expiresAt })
    await device.finish(signal)
  }
