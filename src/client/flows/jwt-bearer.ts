/**
 * JWT Bearer Grant: an assertion that somebody else signed, such as the platform a workload runs on.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7523#section-2.1 | RFC 7523 §2.1}
 * @module
 */

import { type Flow, type TokenSource, tokenFrom } from './flow.ts'

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** Brings an assertion. It is read anew each time, because they are short-lived. */
export const jwtBearer = ({ assertion }: { readonly assertion: TokenSource }): Flow => ({
  grantType: JWT_BEARER,
  parameters: async () => ({ assertion: await tokenFrom(assertion) }),
})
