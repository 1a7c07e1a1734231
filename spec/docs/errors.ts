/** `docs/errors.md` from the table in `src/errors.ts`. */

import { oauthErrors } from '../../src/errors.ts'
import { code, page, table } from './generated.ts'

/** What a link says: the document and the section. */
function nameOf(see: string): string {
  const [, number, section] = /rfc(\d+)#section-([\d.]+)$/.exec(see) ?? []
  return number === undefined ? 'OpenID Connect Core' : `RFC ${number} §${section}`
}

/** The page of errors. */
export const errorsPage = (): string =>
  page(
    'Errors',
    'Every refusal carries one of these codes in `error`, a sentence that says how to mend it in ' +
      '`error_description`, the defining section in `error_uri`, and a `correlation_id` to give to ' +
      'the operator, whose log has the reason. At the authorization endpoint the code goes to the ' +
      "client's redirect URI with `state` and `iss`, and the status below does not apply.",
    table(
      ['`error`', 'status', 'defined in'],
      Object.entries(oauthErrors).map(([name, { status, see }]) => [
        code(name),
        String(status),
        `[${nameOf(see)}](${see})`,
      ]),
    ),
    'Anything unexpected is `server_error` with status 500 (503 and `Retry-After` if the store ' +
      'cannot be reached), is logged with its correlation id, and is never reworded into a 400.',
  )
