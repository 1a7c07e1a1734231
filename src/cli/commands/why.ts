/**
 * `warder why`: one flow, from the authorization request to the tool call, and by which rule and from
 * what each decision in it was made.
 *
 * @module
 */

import { Command } from 'commander'
import { type RuleName, versions } from '../../decisions.ts'
import { sentences } from '../../decisions-explained.ts'
import { WarderError } from '../../errors.ts'
import { eventTypes, type WarderEvent } from '../../events.ts'
import { readEvents } from '../../journal/index.ts'
import type { Store } from '../../store/index.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { colours, fieldsOf } from '../event-line.ts'
import { print, printJson, styled, visible } from '../output.ts'
import type { CommandMaker } from './command.ts'

interface WhyOptions extends StoreOptions {
  readonly json?: boolean
}

export const why: CommandMaker = () =>
  withStoreOptions(new Command('why'))
    .argument('<id>', 'of an event, or of a flow: the reference that an error names')
    .option('--json', 'for machines')
    .addHelpText('after', '\nExample:\n  $ warder why mX9vQ2nJ0c4wq1bT')
    .action((id: string, options: WhyOptions) =>
      withWarder(options, async ({ store }) => {
        const flow = await flowOf(id, store)
        if (options.json) printJson(flow.map(explained))
        else for (const event of flow) show(event, id)
      }),
    )

/** Events of one flow that are read at most: a refresh token can be used for months. */
const MOST = 10_000

/** Every event of a flow, or of the flow that an event belongs to. */
async function flowOf(id: string, store: Store): Promise<readonly WarderEvent[]> {
  const event = await store.find('events', { id })
  const correlationId = event?.correlationId ?? id
  const flow: WarderEvent[] = []
  for await (const each of readEvents(store, { since: 0, correlationId })) {
    if (flow.push(each) >= MOST) break
  }
  if (flow.length > 0) return flow
  throw new WarderError(
    'no_such_event',
    `Nothing is known of “${visible(id)}”. It may be over: see audit.retention.`,
  )
}

/** What a rule says, if it is still one, and whether it decides otherwise by now. */
function ruleOf({ rule }: WarderEvent) {
  if (rule === undefined) return undefined
  const [name = '', version = ''] = rule.split('/')
  const known = Object.hasOwn(versions, name) ? (name as RuleName) : undefined
  return {
    ...{ name, version: Number(version) },
    says: known && sentences[known],
    now: known && versions[known],
  }
}

const explained = (event: WarderEvent) => ({
  ...event,
  at: new Date(event.at).toISOString(),
  means: eventTypes[event.type].means,
  ...(event.rule === undefined ? {} : { decidedBy: ruleOf(event) }),
})

/** What a rule looked at, in the order in which it is said. */
const inputs = ['value', 'limit', 'within', 'age', 'wait', 'missing', 'owner'] as const
const inSeconds: ReadonlySet<string> = new Set(['within', 'age', 'wait'])

function show(event: WarderEvent, asked: string): void {
  const { level, means } = eventTypes[event.type]
  const time = new Date(event.at).toISOString().slice(0, 19).replace('T', ' ')
  const mark = event.id === asked ? styled('bold', '  ← this one') : ''
  print(`${time}  ${styled(colours[level], event.type)}  ${means}${mark}`)
  const decided = new Set<string>(['rule', ...inputs])
  for (const [name, value] of fieldsOf(event)) if (!decided.has(name)) row(name, value)
  const rule = ruleOf(event)
  if (rule === undefined) return
  const since = rule.now === rule.version ? '' : ` (it is version ${rule.now ?? 'none'} now)`
  row('rule', `${rule.name}, version ${rule.version}${since}: ${rule.says ?? 'no longer a rule'}`)
  const looked = inputs.flatMap((name) => {
    const value = event[name]
    return value === undefined ? [] : [`${name} ${value}${inSeconds.has(name) ? ' s' : ''}`]
  })
  if (looked.length > 0) row('inputs', visible(looked.join(', ')))
}

const row = (name: string, value: string) => print(`    ${styled('dim', name.padEnd(10))} ${value}`)
