/**
 * `warder migrate`: the tables of the store, brought up to date apart from serving.
 *
 * @module
 */

import { Command } from 'commander'
import type { Planned } from '../../store/index.ts'
import { readConfiguration, type StoreOptions, withStoreOptions } from '../configuration.ts'
import { print, printJson } from '../output.ts'
import type { CommandMaker } from './command.ts'

interface MigrateOptions extends StoreOptions {
  readonly plan?: boolean
  readonly json?: boolean
}

export const migrate: CommandMaker = () =>
  withStoreOptions(new Command('migrate'))
    .option('--plan', 'print the SQL that would be run, and run nothing')
    .option('--json', 'for machines')
    .addHelpText('after', HELP)
    .action(async (options: MigrateOptions) => {
      const { plan = false } = options
      const settings = await readConfiguration(options)
      // Loaded only when needed: `--help` and mistakes are answered at once.
      const { migrateWarder } = await import('../../warder.ts')
      const readEnv = (name: string) => process.env[name]
      const migrations = await migrateWarder(settings, { readEnv, plan })
      if (options.json) return printJson({ plan, migrations })
      if (migrations.length === 0) return print('The tables are up to date.')
      if (plan) return printScript(migrations)
      for (const { name, statements } of migrations) {
        print(`Applied ${name}: ${statements.length} changes.`)
      }
    })

const HELP = `
“warder serve” does this by itself when it starts. Run it apart where the server's own database user
may not change tables: as one who may, before the new release starts. The release before goes on
working meanwhile. Stopped half-way, it goes on where it was when it is run again.

Examples:
  $ warder migrate
  $ warder migrate --plan > migration.sql
`

function printScript(migrations: readonly Planned[]): void {
  for (const { name, statements } of migrations) {
    print(`-- ${name}`)
    for (const statement of statements) print(`${statement.trimEnd()};`)
  }
}
