/**
 * The ways in which a client authenticates. One more is one more file, and one more line here.
 *
 * @module
 */

export type { ClientAuthentication } from './client-authentication.ts'
export { clientSecret, clientSecretBasic, clientSecretPost } from './client-secret.ts'
export { publicClient, unnamedClient } from './none.ts'
export { type PrivateKeyJwtOptions, privateKeyJwt } from './private-key-jwt.ts'
