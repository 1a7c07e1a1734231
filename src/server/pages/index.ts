/**
 * The pages that people see: sign-in, consent, and what to say when something does not work.
 *
 * @module
 */

export { consentPage } from './consent.tsx'
export type { ClientSource, ConsentProps } from './consent-props.ts'
export { deviceConnectedPage, deviceRefusedPage } from './device-answered.tsx'
export { type DeviceCodeProps, deviceCodePage } from './device-code.tsx'
export { type DeviceConsentProps, deviceConsentPage } from './device-consent.tsx'
export { donePage } from './done.tsx'
export { type ElicitationProps, elicitationPage, notOpenedPage } from './elicitation.tsx'
export { elicitationStrangerPage } from './elicitation-stranger.tsx'
export { errorPage } from './error.tsx'
export { homePage } from './home.tsx'
export { interstitialPage } from './interstitial.tsx'
export type { PageContext } from './layout.tsx'
export { type LoginProps, loginPage } from './login.tsx'
