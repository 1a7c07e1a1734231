/**
 * The public keys that verify what this server signs, or will sign before a copy of them is old.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-5 | RFC 7517 §5}
 * @module
 */

import { jsonDocument } from './document.ts'
import { type EndpointMaker, endpointPath, endpointUrl } from './endpoint.ts'

const PATH = '/.well-known/jwks.json'

export const jwks: EndpointMaker = ({ issuer, keys, settings }) => ({
  name: 'jwks',
  paths: [endpointPath(issuer, PATH)],
  methods: { GET: jsonDocument(() => keys.jwks(), settings.signing.jwksMaxAge) },
  readers: 'programs',
  cors: true,
  metadata: { jwks_uri: endpointUrl(issuer, PATH) },
})
