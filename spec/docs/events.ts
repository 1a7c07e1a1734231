/** `docs/events.md` from the tables in `src/events.ts`, `src/decisions.ts` and the signals. */

import { type RuleName, versions } from '../../src/decisions.ts'
import { sentences } from '../../src/decisions-explained.ts'
import { eventTypes } from '../../src/events.ts'
import { signals } from '../../src/journal/signals/index.ts'
import { code, page, table } from './generated.ts'

/** The page of events. */
export const eventsPage = (): string =>
  page(
    'Events',
    'What happened, as a closed list. An event that belongs to a change of state is recorded in ' +
      'the same transaction as the change. Its fields are an allow-list, and none holds a secret, ' +
      'a token or the arguments of a tool. All events of one flow carry one `correlationId`, from ' +
      'the authorization request to the tool call. [audit-log.md](audit-log.md) says how they are ' +
      'kept and checked.',
    table(
      ['type', 'level', 'meaning'],
      Object.entries(eventTypes).map(([type, { level, means }]) => [code(type), level, means]),
    ),
    '## Rules',
    'An event about a decision names its `rule` with its version, as in `rate/1`, and what the ' +
      'rule looked at: `value`, `limit`, and in seconds `within`, `age` and `wait`.',
    table(
      ['rule', 'version', 'how it decides'],
      Object.entries(sentences).map(([name, says]) => [
        code(name),
        `${versions[name as RuleName]}`,
        says,
      ]),
    ),
    '## Signals',
    'What looks like an attack is a `signal.raised`.',
    table(
      ['signal', 'events it looks at', 'what is done', 'how to undo it'],
      signals.map(({ id, sees, action, undo }) => [id, sees.map(code).join(', '), action, undo]),
    ),
  )
