/**
 * Providers that differ from the documents. One more is one more file of data, and one more line here.
 *
 * @module
 */

export { atlassian } from './atlassian.ts'
export { auth0 } from './auth0.ts'
export { entra } from './entra.ts'
export { github } from './github.ts'
export { gitlab } from './gitlab.ts'
export { google } from './google.ts'
export { keycloak } from './keycloak.ts'
export { linear } from './linear.ts'
export { notion } from './notion.ts'
export { okta } from './okta.ts'
export type { Profile } from './profile.ts'
export { slack } from './slack.ts'
