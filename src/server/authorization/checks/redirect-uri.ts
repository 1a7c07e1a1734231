/** Where the answer goes. From here on, errors can be sent there. @module */

import { OAuthError } from '../../../errors.ts'
import { matchRedirectUri } from '../../../protocol/redirect-uri.ts'
import { type AuthorizationCheck, established, single } from '../request.ts'

export const redirectUri: AuthorizationCheck = {
  name: 'redirect_uri',
  see: 'https://www.rfc-editor.org/rfc/rfc9700#section-4.1.3',
  check(draft) {
    const { metadata, id } = established(draft, 'client')
    const requested = single(draft.params, 'redirect_uri')
    if (requested === undefined) throw new OAuthError('invalid_request', 'redirect_uri is missing.')
    const { localhost: allowLocalhost } = draft.context.settings.registration
    if (matchRedirectUri(metadata.redirect_uris, requested, { allowLocalhost })) {
      return { redirectUri: requested }
    }
    throw new OAuthError(
      'invalid_request',
      'redirect_uri is not one that this application registered. They must be equal, byte for byte.',
      { detail: `${id} asked for ${requested}; registered: ${metadata.redirect_uris.join(' ')}` },
    )
  },
}
