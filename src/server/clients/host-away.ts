/**
 * A client whose document cannot be had at the moment.
 *
 * @module
 */

import { OAuthError } from '../../errors.ts'

/**
 * Nothing was learnt about the client: whoever asks may use what is known, or say “later”. The
 * sentence is the same whatever the reason: the server is no probe for others' networks.
 */
export class HostAway extends OAuthError {
  /** @param detail - For the operator. */
  constructor(detail: string, cause?: unknown) {
    super(
      'invalid_client',
      'The client metadata document could not be fetched. Check that client_id is a public https URL.',
      { status: 400, detail, cause },
    )
  }
}
