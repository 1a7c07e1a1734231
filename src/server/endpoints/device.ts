/**
 * Where the user of a device says yes or no to it, on another screen.
 *
 * They sign in, enter the code that the device shows, and are asked what they would be asked anywhere.
 * A link that has the code in it only fills in the field: nothing happens without pressing a button
 * twice, and being signed in is never an answer.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 | RFC 8628 §3.3}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.4 | RFC 8628 §5.4} on remote phishing
 * @module
 */

import { decidedBy } from '../../decisions.ts'
import { OAuthError } from '../../errors.ts'
import type { EventFields, EventType } from '../../events.ts'
import { sourceKey } from '../../limits/index.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { formatScope } from '../../protocol/scope.ts'
import type { DeviceCode } from '../../store/tables.ts'
import { type AccountPage, type AccountVisit, accountPage } from '../account-page.ts'
import { pageContext } from '../authorization/page-context.ts'
import { redirect } from '../authorization/response.ts'
import { describeScopes, grantableScopes } from '../authorization/scopes.ts'
import { shownClient } from '../authorization/shown-client.ts'
import { mayUse } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'
import {
  type Answer,
  answerDevice,
  claimDevice,
  DEVICE_PATH,
  findByUserCode,
  isOpen,
  releaseDevice,
} from '../device/devices.ts'
import { formatUserCode, parseUserCode } from '../device/user-code.ts'
import { continueFlow } from '../exchange.ts'
import {
  deviceCodePage,
  deviceConnectedPage,
  deviceConsentPage,
  deviceRefusedPage,
  donePage,
} from '../pages/index.ts'
import { checkAllowed } from '../rate.ts'
import { type EndpointMaker, endpointPath, endpointUrl } from './endpoint.ts'

export const device: EndpointMaker = (context) => ({
  name: 'device',
  paths: context.settings.device.enabled ? [endpointPath(context.issuer, DEVICE_PATH)] : [],
  methods: accountPage(pageOf(context), context),
  readers: 'people',
  cors: false,
})

/** The code in the address, as it was drawn; nothing if there is none. */
type Subject = { readonly userCode: string | undefined }

type Visit = AccountVisit<Subject>

const pageOf = (context: ServerContext): AccountPage<Subject> => ({
  cookie: '__Host-wd_dco',
  arrive: (exchange) => ({
    subject: { userCode: parseUserCode(exchange.url.searchParams.get('user_code') ?? '') },
    exchange,
  }),
  addressOf: ({ userCode }) => addressOf(userCode, context),
  purposeOf: () => undefined,
  show,
  actions: {
    confirm,
    approve: (visit) => answer(visit, true),
    deny: (visit) => answer(visit, false),
  },
  async leave({ subject, signedIn }) {
    const entered = subject.userCode && (await findByUserCode(subject.userCode, context))
    if (entered) await releaseDevice(entered, signedIn, context.store)
  },
})

function addressOf(userCode: string | undefined, { issuer }: ServerContext): string {
  const query = userCode === undefined ? '' : `?user_code=${formatUserCode(userCode)}`
  return `${endpointUrl(issuer, DEVICE_PATH)}${query}`
}

/** The question, to whoever entered its code; to everybody else the field to enter one. */
async function show(visit: Visit): Promise<Response> {
  const { subject, signedIn, context } = visit
  const { userCode } = subject
  const found = userCode === undefined ? undefined : await findByUserCode(userCode, context)
  if (userCode === undefined || found?.sessionId !== signedIn.session.id) return entryPage(visit)
  if (found.state !== 'pending') return donePage(pageContext(context))
  if (!isOpen(found, context.platform.now())) return entryPage(visit, wrongCode)
  return consentPage(found, userCode, visit)
}

/** One sentence whether it never was a code, is over, or was answered. */
const wrongCode = {
  code: 'invalid_user_code',
  message: 'That code does not work. Check it, or have the device show a new one.',
} as const

function entryPage(visit: Visit, error?: typeof wrongCode): Response {
  const { subject, signedIn, context } = visit
  const { userCode } = subject
  return deviceCodePage(
    {
      ...visit.form(),
      account: signedIn.user.email,
      userCode: userCode === undefined ? undefined : formatUserCode(userCode),
      error,
    },
    pageContext(context),
  )
}

/** Takes the code to be of a device of this user's, if it is of any. */
async function confirm(visit: Visit, form: Parameters): Promise<Response> {
  const { signedIn, exchange, context } = visit
  const userCode = parseUserCode(form.get('user_code') ?? '')
  const found = await findOpen(userCode, visit)
  if (userCode === undefined || found === undefined) {
    context.onEvent(
      exchange.event('device.guessed', { subject: signedIn.user.id, source: exchange.source }),
    )
    return entryPage(visit, wrongCode)
  }
  const claimed = eventOf('device.claimed', found, visit)
  if (!(await claimDevice(found, signedIn, claimed, context))) return taken(found, visit)
  return redirect(addressOf(userCode, context))
}

/**
 * The open question behind a code. Wrong codes are counted, of the account, of the source and of all;
 * past a budget, even the right one is refused.
 *
 * @throws {OAuthError} `temporarily_unavailable` (429)
 */
async function findOpen(
  userCode: string | undefined,
  { signedIn, exchange, context }: Visit,
): Promise<DeviceCode | undefined> {
  const { limits, platform } = context
  const found = userCode === undefined ? undefined : await findByUserCode(userCode, context)
  const open = found !== undefined && isOpen(found, platform.now()) ? found : undefined
  const isRight = () => open !== undefined
  checkAllowed(await limits.wrongUserCodes.attempt(`account ${signedIn.user.id}`, isRight))
  checkAllowed(await limits.wrongUserCodes.attempt(`source ${exchange.source}`, isRight))
  checkAllowed(await limits.wrongUserCodesOfAll.attempt('all', isRight))
  return open
}

/** The answer, by the session that entered the code and no other. */
async function answer(visit: Visit, approved: boolean): Promise<Response> {
  const { subject, signedIn, context } = visit
  const { userCode } = subject
  const found = userCode === undefined ? undefined : await findByUserCode(userCode, context)
  if (found === undefined) return entryPage(visit, wrongCode)
  if (found.sessionId !== signedIn.session.id) return taken(found, visit)
  const { scopes } = await asked(found, context)
  const given: Answer = approved ? { approved, scopes } : { approved }
  const event = eventOf(approved ? 'consent.granted' : 'consent.denied', found, visit, {
    ...(approved ? { scope: formatScope(scopes) } : {}),
    ...decidedBy('consent.asked'),
  })
  if (await answerDevice(found, given, signedIn, event, context)) {
    const said = pageContext(context)
    return approved ? deviceConnectedPage(said) : deviceRefusedPage(said)
  }
  const isOver = found.state === 'pending' && !isOpen(found, context.platform.now())
  return isOver ? entryPage(visit, wrongCode) : donePage(pageContext(context))
}

/** A code that somebody else entered first is theirs: one of the two was sent it. */
function taken(found: DeviceCode, visit: Visit): never {
  visit.context.onEvent(eventOf('device.misused', found, visit))
  throw new OAuthError(
    'access_denied',
    'This code was entered in another browser, or under another account. Have the device show a new one.',
    { status: 403, detail: 'another session claimed the user code' },
  )
}

function eventOf(type: EventType, found: DeviceCode, visit: Visit, fields: EventFields = {}) {
  const { signedIn, exchange, context } = visit
  return continueFlow(exchange, found.correlationId, context).event(type, {
    subject: signedIn.user.id,
    clientId: found.clientId,
    resource: found.resource,
    source: exchange.source,
    ...fields,
  })
}

/**
 * What is asked, as it is now: of a client that was removed meanwhile, or a resource, nothing is left.
 *
 * @throws {OAuthError} `invalid_request`
 */
async function asked(found: DeviceCode, context: ServerContext) {
  const client = await context.clients.find(found.clientId)
  const resource = context.resources.find((each) => each.resource === found.resource)
  if (client === undefined || resource === undefined) {
    throw new OAuthError('invalid_request', 'What was asked for no longer exists. Begin again.')
  }
  const grantable = grantableScopes(resource, client, { roles: [], identity: true })
  return { client, resource, scopes: found.scopes.filter((scope) => grantable.includes(scope)) }
}

async function consentPage(found: DeviceCode, userCode: string, visit: Visit): Promise<Response> {
  const { signedIn, exchange, context } = visit
  const { client, resource, scopes } = await asked(found, context)
  const { ttl } = context.settings
  return deviceConsentPage(
    {
      ...visit.form(),
      account: signedIn.user.email,
      client: shownClient(client),
      resource: { name: resource.name, uri: resource.resource },
      scopes: describeScopes(scopes, resource),
      lifetime: mayUse(client, 'refresh_token') ? ttl.refreshToken : ttl.accessToken,
      userCode: formatUserCode(userCode),
      asked: { from: found.address, near: sourceKey(found.address) === exchange.source },
      startedAt: found.createdAt,
      now: context.platform.now(),
    },
    pageContext(context),
  )
}
