/**
 * `warder events`: the audit log.
 *
 * @module
 */

import { setTimeout as pause } from 'node:timers/promises'
import { Command } from 'commander'
import { ConfigError, WarderError } from '../../errors.ts'
import { eventTypes, type WarderEvent } from '../../events.ts'
import {
  type EventSelection,
  readEvents,
  typesMeant,
  type Verification,
} from '../../journal/index.ts'
import { systemPlatform } from '../../platform.ts'
import type { Store } from '../../store/index.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { colours, eventLine } from '../event-line.ts'
import { parseMoment } from '../moment.ts'
import { collect } from '../option-values.ts'
import { jsonLine, print, printJson, printOneOfMany, styled } from '../output.ts'
import type { CommandMaker } from './command.ts'

interface EventsOptions extends StoreOptions {
  readonly since?: string
  readonly type?: string
  readonly correlation?: string
  readonly follow?: boolean
  readonly json?: boolean
}

interface VerifyOptions extends StoreOptions {
  readonly anchor: readonly string[]
  readonly json?: boolean
}

export const events: CommandMaker = () => {
  const command = withStoreOptions(new Command('events'))
    .option('--since <time>', 'from when on: 15m, 2h or 7d ago, or a date (default 1h)')
    .option('--type <type>', 'only these, as in login.failed, or login.* for all of a kind')
    .option('--correlation <id>', 'only those of one flow, from whenever')
    .option('--follow', 'go on with what happens next')
    .option('--json', 'for machines: one JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  $ warder events --since 2h --type 'login.*'
  $ warder events --follow
  $ warder events --since 2026-01-01 --json > 2026.jsonl
  $ warder events verify`,
    )
    .action((options: EventsOptions) =>
      withWarder(options, ({ store }) => showEvents(store, options)),
    )
  verifyCommand(command)
  return command
}

/** How often it is looked for more, and how far back: others may be slow to write. */
const FOLLOW_MS = 1_000
const OVERLAP_MS = 15_000

async function showEvents(store: Store, options: EventsOptions): Promise<void> {
  const selection = selectionOf(options)
  leaveWithReader()
  const first = await showOnce(store, selection, options)
  if (options.follow) return follow(store, selection, { options, recent: first.recent })
  if (first.count === 0 && !options.json) {
    print(styled('dim', 'Nothing. Go further back: --since 7d'))
  }
}

function selectionOf({ since, type, correlation }: EventsOptions): EventSelection {
  if (type !== undefined && typesMeant(type).length === 0) {
    throw new ConfigError('--type', 'is no type of event.', 'They are listed in docs/events.md.')
  }
  const from = since ?? (correlation === undefined ? '1h' : undefined)
  return {
    since: from === undefined ? 0 : parseMoment(from, systemPlatform.now(), '--since'),
    type,
    correlationId: correlation,
  }
}

/** What was found: how much, and the ids of what happened lately. */
interface Found {
  readonly count: number
  readonly recent: ReadonlySet<string>
}

/** @param before - The ids of what was shown already. */
async function showOnce(
  store: Store,
  selection: EventSelection,
  { json }: EventsOptions,
  before: ReadonlySet<string> = new Set(),
): Promise<Found> {
  const recent = new Set<string>()
  const from = systemPlatform.now() - OVERLAP_MS
  let count = 0
  for await (const event of readEvents(store, selection)) {
    count += 1
    if (!before.has(event.id)) await printOneOfMany(json ? machineLine(event) : line(event))
    if (event.at >= from) recent.add(event.id)
  }
  return { count, recent }
}

async function follow(
  store: Store,
  selection: EventSelection,
  { options, ...first }: { readonly options: EventsOptions } & Pick<Found, 'recent'>,
): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  let before = first.recent
  while (!stop.signal.aborted) {
    // Whoever stops it does not wait for the rest of the pause.
    await pause(FOLLOW_MS, undefined, stop).catch(() => {})
    const since = Math.max(selection.since, systemPlatform.now() - OVERLAP_MS)
    before = (await showOnce(store, { ...selection, since }, options, before)).recent
  }
}

const line = (event: WarderEvent): string => {
  const time = new Date(event.at).toISOString().slice(0, 19).replace('T', ' ')
  const flow = styled('dim', `flow=${event.correlationId}`)
  return `${time}  ${styled(colours[eventTypes[event.type].level], eventLine(event))} ${flow}`
}

const machineLine = ({ at, ...event }: WarderEvent): string =>
  jsonLine({ at: new Date(at).toISOString(), ...event })

/** `| head` has had enough. */
function leaveWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
}

function verifyCommand(parent: Command): void {
  withStoreOptions(parent.command('verify'))
    .description('Look whether the audit log is as it was written. Exits with 1 if not.')
    .option(
      '--anchor <anchor>',
      'where the log stood, as journal.anchored told it; repeat for more',
      collect,
      [],
    )
    .option('--json', 'for machines')
    .addHelpText('after', '\nExample:\n  $ warder events verify')
    .action((_: unknown, command: Command) => {
      const options: VerifyOptions = command.optsWithGlobals()
      return withWarder(options, async ({ audit }) => {
        const found = await audit.verify(options.anchor)
        if (options.json) printJson(found)
        else showVerification(found)
        if (found.breaks.length > 0) throw broken(found)
      })
    })
}

function showVerification(found: Verification): void {
  const { events: count, seals, streams, open, unsealed, unsealedSince = 0 } = found
  print(`events    ${count}, in ${seals} seals of ${streams} streams`)
  print(`streams   ${open} did not end in order: they go on, or were killed`)
  if (unsealed > 0) {
    const since = new Date(unsealedSince).toISOString()
    print(`unsealed  ${unsealed}, the first of ${since}: not sealed yet, or the seal is gone`)
  }
  for (const { what, stream, sequence, id } of found.breaks) {
    const place = sequence === undefined ? '' : `, number ${sequence}`
    print(styled('red', `BROKEN    ${what}: ${id} of stream ${stream ?? '(none)'}${place}`))
  }
  if (found.breaks.length === 0) print(styled('green', 'Everything is as it was written.'))
}

function broken({ breaks: [first, ...more] }: Verification): WarderError {
  const others = more.length === 0 ? '' : `, and ${more.length} more`
  return new WarderError(
    'log_broken',
    `The audit log is not as it was written: ${first?.what}${others}. Someone changed the database, or restored an older one.`,
  )
}
