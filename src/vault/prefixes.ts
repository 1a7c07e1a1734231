/**
 * How the secrets that Warder makes begin, so that log redactors and secret scanners know them.
 *
 * @module
 */

/** What each kind begins with. Two kinds never share a beginning. */
export const secretPrefixes = {
  apiKey: 'wdr_',
  authorizationCode: 'wac_',
  clientSecret: 'wcs_',
  deviceCode: 'wdc_',
  refreshToken: 'wrt_',
} as const
