/**
 * Where a device that has no browser asks to be connected.
 *
 * Only clients that an administrator registered for it may, and never for a scope that is kept for
 * some roles: what is approved here was asked for by a screen that nobody at this server can see.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 | RFC 8628 §3.1}
 * @see {@link https://datatracker.ietf.org/doc/draft-ietf-oauth-cross-device-security/ | Cross-Device Flows: Security Best Current Practice}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { DEVICE_GRANT_TYPE } from '../../protocol/client-metadata.ts'
import { type Parameters, readForm } from '../../protocol/parameters.ts'
import { parseScope } from '../../protocol/scope.ts'
import { selectResource } from '../authorization/resources.ts'
import { grantableScopes, narrowScopes } from '../authorization/scopes.ts'
import { authenticateClient } from '../client-auth/index.ts'
import { type Client, mayUse } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'
import { DEVICE_PATH, type DeviceRequest, keepDevice } from '../device/devices.ts'
import { formatUserCode } from '../device/user-code.ts'
import type { Exchange } from '../exchange.ts'
import { checkRate } from '../rate.ts'
import { recordRefusal } from '../refusal-record.ts'
import { type EndpointMaker, endpointPath, endpointUrl } from './endpoint.ts'
import { JsonAnswer } from './json-answer.ts'

const PATH = '/device_authorization'

export const deviceAuthorization: EndpointMaker = (context) => {
  const { issuer, settings } = context
  const { enabled } = settings.device
  return {
    name: 'device_authorization',
    paths: enabled ? [endpointPath(issuer, PATH)] : [],
    methods: { POST: (exchange) => authorizeDevice(exchange, context) },
    readers: 'programs',
    // The applications of some devices are pages.
    cors: true,
    ...(enabled ? { metadata: { device_authorization_endpoint: endpointUrl(issuer, PATH) } } : {}),
  }
}

async function authorizeDevice(exchange: Exchange, context: ServerContext): Promise<JsonAnswer> {
  await checkRate(context.limits.deviceSource, exchange.source)
  const params = await readForm(exchange.request, { repeatable: ['resource'] })
  const client = await authenticateClient(exchange, params, context)
  try {
    await checkRate(context.limits.deviceClient, client.id)
    const device = await keepDevice(read(params, client, context), exchange, context)
    return answer(device, context)
  } catch (error) {
    if (error instanceof OAuthError) {
      const fields = { clientId: client.id, grantType: DEVICE_GRANT_TYPE }
      recordRefusal(error, { type: 'authorization.refused', fields }, { exchange, context })
    }
    throw error
  }
}

/** What is asked for, narrowed to what could be granted, whoever comes to be asked. */
function read(params: Parameters, client: Client, { resources }: ServerContext): DeviceRequest {
  if (!mayUse(client, DEVICE_GRANT_TYPE)) {
    throw new OAuthError('unauthorized_client', 'This client may not ask for devices.', {
      detail: `${client.id} is registered for ${client.metadata.grant_types.join(' ')}`,
    })
  }
  const resource = selectResource(params.all('resource'), client, resources)
  const requested = parseScope(params.get('scope'))
  const grantable = grantableScopes(resource, client, { roles: [], identity: true })
  return {
    clientId: client.id,
    resource: resource.resource,
    scopes: narrowScopes(requested.length === 0 ? resource.baseline : requested, grantable),
  }
}

/** {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.2 | §3.2} */
function answer(
  device: { readonly deviceCode: string; readonly userCode: string },
  { issuer, settings }: ServerContext,
): JsonAnswer {
  const userCode = formatUserCode(device.userCode)
  const uri = endpointUrl(issuer, DEVICE_PATH)
  const body = {
    device_code: device.deviceCode,
    user_code: userCode,
    verification_uri: uri,
    verification_uri_complete: `${uri}?user_code=${userCode}`,
    expires_in: settings.device.life,
    interval: settings.device.interval,
  }
  return new JsonAnswer(body)
}
