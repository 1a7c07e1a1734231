/**
 * What the members of a token mean, in few words: the registered ones, and those that many issuers use.
 *
 * @see {@link https://www.iana.org/assignments/jwt/jwt.xhtml | JSON Web Token Claims}
 * @see {@link https://www.iana.org/assignments/jose/jose.xhtml | JOSE Header Parameters}
 * @module
 */

type Words = ReadonlyMap<string, string>

/** Members of the header. */
export const headerMembers: Words = new Map([
  ['alg', 'how it is signed'],
  ['kid', 'with which key'],
  ['typ', 'what kind it is'],
  ['cty', 'what is inside'],
  ['crit', 'must understand'],
  ['b64', 'payload encoding'],
  ['jwk', 'a key it brings'],
  ['jku', 'where keys may be'],
  ['x5u', 'certificate at'],
  ['x5c', 'certificates'],
  ['x5t', 'certificate hash'],
  ['x5t#S256', 'certificate hash'],
  ['enc', 'how it is encrypted'],
  ['zip', 'compression'],
  ['epk', 'key agreement'],
  ['apu', 'key agreement'],
  ['apv', 'key agreement'],
  ['iv', 'key wrapping'],
  ['tag', 'key wrapping'],
  ['p2s', 'password salt'],
  ['p2c', 'password rounds'],
])

/** Claims. */
export const claims: Words = new Map([
  ['iss', 'who issued it'],
  ['sub', 'whom it is about'],
  ['aud', 'whom it is for'],
  ['exp', 'until when'],
  ['nbf', 'from when on'],
  ['iat', 'issued'],
  ['jti', 'its own id'],
  ['client_id', 'which client'],
  ['azp', 'for which client'],
  ['scope', 'what it allows'],
  ['scp', 'what it allows'],
  ['roles', 'roles'],
  ['groups', 'groups'],
  ['permissions', 'permissions'],
  ['entitlements', 'entitlements'],
  ['authorization_details', 'what it allows'],
  ['cnf', 'bound to this key'],
  ['act', 'who acts for sub'],
  ['may_act', 'who may act'],
  ['sid', 'session'],
  ['nonce', 'of one sign-in'],
  ['auth_time', 'signed in'],
  ['acr', 'how strongly'],
  ['amr', 'by which means'],
  ['at_hash', 'its access token'],
  ['c_hash', 'its code'],
  ['s_hash', 'its state'],
  ['events', 'what happened'],
  ['txn', 'transaction'],
  ['name', 'full name'],
  ['given_name', 'first name'],
  ['family_name', 'last name'],
  ['preferred_username', 'user name'],
  ['email', 'email address'],
  ['email_verified', 'email proven'],
  ['picture', 'picture at'],
  ['locale', 'language'],
  ['zoneinfo', 'time zone'],
  ['updated_at', 'profile changed'],
  ['htm', 'request method'],
  ['htu', 'request URL'],
  ['ath', 'of which token'],
  ['token_use', 'what kind it is'],
  ['tid', 'tenant'],
  ['org_id', 'organisation'],
])

/** Signature algorithms ({@link https://www.rfc-editor.org/rfc/rfc7518#section-3.1 | RFC 7518 §3.1}). */
export const algorithms: Words = new Map([
  ...['256', '384', '512'].flatMap((bits): [string, string][] => [
    [`HS${bits}`, `HMAC with SHA-${bits}: who verifies can sign`],
    [`RS${bits}`, `RSA PKCS#1 v1.5 with SHA-${bits}`],
    [`PS${bits}`, `RSA-PSS with SHA-${bits}`],
  ]),
  ['ES256', 'ECDSA on P-256'],
  ['ES384', 'ECDSA on P-384'],
  ['ES512', 'ECDSA on P-521'],
  ['EdDSA', 'Edwards curve, mostly Ed25519'],
  ['Ed25519', 'Edwards curve Ed25519'],
  ['none', 'not at all'],
])

/** `typ` as it is compared: without case, and without `application/` ({@link https://www.rfc-editor.org/rfc/rfc7515#section-4.1.9 | RFC 7515 §4.1.9}). */
export const mediaType = (typ: unknown): string | undefined =>
  typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : undefined

/** Kinds of tokens by their {@link mediaType}. */
export const types: Words = new Map([
  ['at+jwt', 'an access token, RFC 9068'],
  ['jwt', 'of any kind'],
  ['dpop+jwt', 'a DPoP proof, RFC 9449'],
  ['logout+jwt', 'a logout token'],
  ['secevent+jwt', 'a security event, RFC 8417'],
  ['token-introspection+jwt', 'an introspection answer, RFC 9701'],
  ['oauth-authz-req+jwt', 'an authorization request, RFC 9101'],
  ['client-authentication+jwt', 'a client that proves itself'],
])

/** Claims that are dates, and how they are said before and after now. */
export const dates: ReadonlyMap<string, { readonly past: string; readonly future: string }> =
  new Map([
    ['exp', { past: 'expired', future: 'expires' }],
    ['nbf', { past: 'good since', future: 'not good before' }],
    ['iat', { past: '', future: '' }],
    ['auth_time', { past: '', future: '' }],
  ])
