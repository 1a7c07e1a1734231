/**
 * `warder backup`: a copy of the store while servers use it.
 *
 * @module
 */

import { Command } from 'commander'
import { systemPlatform } from '../../platform.ts'
import { readConfiguration, type StoreOptions, withStoreOptions } from '../configuration.ts'
import { print, printJson, styled } from '../output.ts'
import type { CommandMaker } from './command.ts'

interface BackupOptions extends StoreOptions {
  readonly json?: boolean
}

export const backup: CommandMaker = () =>
  withStoreOptions(new Command('backup'))
    .argument('<file>', 'a file that is not there yet')
    .option('--json', 'for machines')
    .addHelpText('after', HELP)
    .action(async (file: string, options: BackupOptions) => {
      const settings = await readConfiguration(options)
      // Loaded only when needed: `--help` and mistakes are answered at once.
      const [{ findStore }, { backUpStore }] = await Promise.all([
        import('../../warder.ts'),
        import('../../store/index.ts'),
      ])
      // What happened at this moment may be in the copy or not.
      const at = new Date(systemPlatform.now()).toISOString()
      const { url, options: how } = await findStore(settings, {
        readEnv: (name) => process.env[name],
      })
      const bytes = await backUpStore(url, file, how)
      if (options.json) return printJson({ file, bytes, at })
      print(`Copied the store to ${file}: ${bytes} bytes, as it was at ${at}.`)
      print()
      print('The key-encryption key is not in it. Keep both, and apart from each other.')
      print(`After you have restored it: ${styled('bold', `warder revoke-since ${at}`)}`)
    })

const HELP = `
For SQLite. The file is for its owner alone, and is never written over another. For PostgreSQL the
command says how to call pg_dump. To restore: stop all servers, put the file in the place of the store,
remove what is beside it with the endings -wal and -shm, run “warder revoke-since”, and start.

Examples:
  $ warder backup /var/backups/warder-2026-01-31.db
  $ warder backup "backup-$(date +%s).db" --json
`
