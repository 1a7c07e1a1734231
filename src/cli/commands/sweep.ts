/**
 * `warder sweep`: deletes what has expired, now.
 *
 * @module
 */

import { Command } from 'commander'
import { systemPlatform } from '../../platform.ts'
import type { Store } from '../../store/index.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { print, printJson, printTable } from '../output.ts'
import type { CommandMaker } from './command.ts'

interface SweepOptions extends StoreOptions {
  readonly json?: boolean
}

export const sweep: CommandMaker = () =>
  withStoreOptions(new Command('sweep'))
    .option('--json', 'for machines')
    .addHelpText('after', HELP)
    .action((options: SweepOptions) =>
      withWarder(options, async ({ store }) => {
        const swept = await sweepAll(store)
        if (options.json) return printJson({ swept: Object.fromEntries(swept) })
        if (swept.size === 0) return print('Nothing had expired.')
        printTable(
          ['TABLE', 'ROWS'],
          [...swept].map(([table, rows]) => [table, String(rows)]),
        )
      }),
    )

const HELP = `
Servers do this by themselves, a thousand rows of each table at a time. Run it where they could not
keep up, or before a backup. It takes few rows at once, so servers go on meanwhile.

Examples:
  $ warder sweep
  $ warder sweep --json
`

/** Rows of a table that are taken before the next has its turn. */
const LIMIT = 1_000

async function sweepAll(store: Store): Promise<ReadonlyMap<string, number>> {
  const swept = new Map<string, number>()
  const onSwept = (table: string, rows: number) => swept.set(table, (swept.get(table) ?? 0) + rows)
  for (let gone = LIMIT; gone >= LIMIT; ) {
    gone = await store.sweep(systemPlatform.now(), LIMIT, { onSwept })
  }
  return swept
}
