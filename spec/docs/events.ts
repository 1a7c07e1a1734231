/** `docs/events.md` from the table in `src/events.ts`. */

import { eventTypes } from '../../src/events.ts'
import { code, page, table } from './generated.ts'

/** The page of events. */
export const eventsPage = (): string =>
  page(
    'Events',
    'What happened, as a closed list. An event that belongs to a change of state is recorded in ' +
      'the same transaction as the change. Its fields are an allow-list, and none holds a secret, ' +
      'a token or the arguments of a tool. All events of one flow carry one `correlationId`, from ' +
      'the authorization request to the tool call.',
    table(
      ['type', 'level', 'meaning'],
      Object.entries(eventTypes).map(([type, { level, means }]) => [code(type), level, means]),
    ),
  )
