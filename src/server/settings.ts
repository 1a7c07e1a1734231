/**
 * The settings of the authorization server.
 *
 * @module
 */

import { z } from 'zod'
import { count, seconds } from '../settings.ts'
import { resourcesSettings } from './resources.ts'

const ttl = z
  .strictObject({
    authorizationCode: seconds({ min: 10, max: 600 })
      .default(60)
      .describe('Life of an authorization code (RFC 6749 §4.1.2 allows ten minutes at most).'),
    accessToken: seconds({ min: 30, max: 86_400 })
      .default(900)
      .describe('Life of an access token (RFC 9700 §4.14: keep it short).'),
    refreshToken: seconds({ min: 300, max: 31_536_000 })
      .default(2_592_000)
      .describe('How long a family of refresh tokens lives, however often it is used.'),
    refreshTokenIdle: seconds({ min: 300, max: 31_536_000 })
      .default(1_209_600)
      .describe('How long a refresh token lives unused (RFC 9700 §4.14.2).'),
    refreshGrace: seconds({ min: 0, max: 60 })
      .default(10)
      .describe('How long a repeated refresh gets the same successor; 0 to revoke at once.'),
    interaction: seconds({ min: 60, max: 1_800 })
      .default(600)
      .describe('How long a sign-in and consent may take from the click that began it.'),
  })
  .prefault({})
  .describe('How long the things that the server issues stay valid.')

const registration = z
  .strictObject({
    dynamic: z
      .boolean()
      .default(true)
      .describe('Whether clients may register themselves (RFC 7591), as older MCP clients must.'),
    unusedFor: seconds({ min: 300, max: 2_592_000 })
      .default(86_400)
      .describe('A dynamic client that is never used is forgotten after this time.'),
    usedFor: seconds({ min: 86_400, max: 31_536_000 })
      .default(7_776_000)
      .describe('A dynamic client is forgotten when this long has passed since its last use.'),
    perSource: count({ min: 1, max: 10_000 })
      .default(30)
      .describe('Registrations a minute from one source address.'),
    perFingerprint: count({ min: 1, max: 10_000 })
      .default(60)
      .describe('Registrations a minute of one and the same metadata, from wherever.'),
    localhost: z
      .boolean()
      .default(true)
      .describe('Whether `http://localhost` counts as a loopback redirect (RFC 8252 §8.3).'),
  })
  .prefault({})
  .describe('How clients become known to the server.')

const clientDocuments = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('Whether a client_id may be the URL of a client metadata document.'),
    hosts: z
      .record(z.string(), z.enum(['allow', 'ask', 'deny']))
      .default({})
      .describe(
        'Policy by host: `allow` counts as verified, `ask` shows “unverified”, `deny` refuses.',
      ),
    others: z
      .enum(['allow', 'ask', 'deny'])
      .default('ask')
      .describe('The policy for every other host.'),
    sameOriginRedirects: z
      .boolean()
      .default(false)
      .describe('Whether redirect URIs must be of the same origin as the document, or loopback.'),
    private: z
      .boolean()
      .default(false)
      .describe(
        'Development only: fetch documents from loopback and private addresses, over http too.',
      ),
  })
  .prefault({})
  .describe('Client ID Metadata Documents.')

const consent = z
  .strictObject({
    usersOfNewClient: count({ min: 1, max: 1_000_000 })
      .default(3)
      .describe(
        'SIG-8: users who may allow a client that nobody vouches for within its first day and that has the answer sent to a host. Others are not asked until an administrator vouches for it.',
      ),
  })
  .prefault({})
  .describe('What users may allow.')

const device = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        'Whether devices that have no browser may ask (RFC 8628). Off unless you need it: a code that somebody else asked for is a way to be tricked.',
      ),
    life: seconds({ min: 60, max: 900 })
      .default(300)
      .describe('How long a code can be entered and its answer fetched.'),
    interval: seconds({ min: 1, max: 60 })
      .default(5)
      .describe('How long a device waits between two questions whether its user has answered.'),
    perSource: count({ min: 1, max: 10_000 })
      .default(30)
      .describe('Devices a minute that may ask from one source address.'),
    perClient: count({ min: 1, max: 1_000_000 })
      .default(600)
      .describe('Devices a minute that may ask as one client, from wherever.'),
    wrongCodes: count({ min: 1, max: 1_000 })
      .default(10)
      .describe('Wrong codes a minute that one account, or one source address, may enter.'),
    wrongCodesOfAll: count({ min: 1, max: 1_000_000 })
      .default(600)
      .describe('Wrong codes a minute that all accounts together may enter.'),
  })
  .prefault({})
  .describe('The device authorization grant.')

const limits = z
  .strictObject({
    token: count({ min: 1, max: 1_000_000 })
      .default(600)
      .describe('Requests a minute to the token endpoint from one source address.'),
    introspect: count({ min: 1, max: 1_000_000 })
      .default(60_000)
      .describe(
        'Introspections a minute from one source address; an API asks at each of its requests.',
      ),
    authorize: count({ min: 1, max: 1_000_000 })
      .default(120)
      .describe('Authorization requests a minute from one source address.'),
    clientFailures: count({ min: 1, max: 10_000 })
      .default(20)
      .describe('Failed client authentications a minute, per client and source address.'),
  })
  .prefault({})
  .describe('How often one source may ask.')

const signing = z
  .strictObject({
    alg: z
      .enum(['ES256', 'RS256', 'EdDSA'])
      .default('ES256')
      .describe('The algorithm of new keys; a change comes as a rotation. EdDSA means Ed25519.'),
    rsaBits: z
      .union([z.literal(2048), z.literal(3072), z.literal(4096)])
      .default(2048)
      .describe(
        'The size of new RS256 keys; twice the size takes about six times as long to sign.',
      ),
    rotateEvery: seconds({ min: 3_600, max: 63_072_000 })
      .default(7_776_000)
      .describe('How long a key signs before its successor takes over.'),
    jwksMaxAge: seconds({ min: 60, max: 21_600 })
      .default(300)
      .describe(
        'How long others may keep the key set. A new key is published for twice as long, at least ten minutes, and two minutes more before it signs.',
      ),
  })
  .prefault({})
  .describe('The keys that sign tokens.')

/** The authorization server. */
export const serverSettings = z
  .strictObject({
    ttl,
    signing,
    registration,
    clientDocuments,
    consent,
    device,
    limits,
    resources: resourcesSettings,
  })
  .prefault({})
  .describe('The authorization server.')

/** Resolved settings of the authorization server. */
export type ServerSettings = z.output<typeof serverSettings>
