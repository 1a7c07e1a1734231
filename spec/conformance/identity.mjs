/** Who the client is, by what the suite tells of itself in a scenario. */

import {
  clientCredentials,
  clientSecretBasic,
  idJag,
  jwtBearer,
  privateKeyJwt,
  unnamedClient,
} from 'warder/client'

/** The document that the suite's authorization servers know. */
const DOCUMENT = 'https://conformance-test.local/client-metadata.json'

export async function identity(scenario, { context, url }) {
  const { client_id: clientId, client_secret: secret } = context
  const common = { clientName: 'Warder', server: url }
  // A secret is for one authorization server, so whoever has it knows which.
  const issuer = secret === undefined ? undefined : (context.issuer ?? (await issuerOf(url)))
  const confidential = () => ({ clientId, issuer, clientAuth: clientSecretBasic(secret) })
  switch (scenario) {
    case 'auth/client-credentials-jwt': {
      const { private_key_pem: key, signing_algorithm: alg } = context
      const clientAuth = privateKeyJwt({ key, alg })
      return { ...common, clientId, clientAuth, flow: clientCredentials() }
    }
    case 'auth/client-credentials-basic':
      return { ...common, ...confidential(), flow: clientCredentials() }
    case 'auth/enterprise-managed-authorization': {
      const identityProvider = { issuer: context.idp_issuer, clientId: context.idp_client_id }
      const flow = idJag({ identityProvider, subjectToken: context.idp_id_token })
      return { ...common, ...confidential(), flow }
    }
    case 'auth/wif-jwt-bearer': {
      const flow = jwtBearer({ assertion: context.valid_jwt })
      return { ...common, clientAuth: unnamedClient(), flow }
    }
    case 'auth/pre-registration':
      return { ...common, ...confidential() }
    case 'auth/dpop':
    case 'auth/dpop-nonce':
      return { ...common, clientIdUrl: DOCUMENT, dpop: 'required' }
    default:
      return { ...common, clientIdUrl: DOCUMENT }
  }
}

async function issuerOf(url) {
  const { pathname, origin } = new URL(url)
  const document = await fetch(`${origin}/.well-known/oauth-protected-resource${pathname}`)
  return (await document.json()).authorization_servers[0]
}
