/**
 * `warder rekey`: puts what is kept under other keys, while servers run.
 *
 * @module
 */

import { Command } from 'commander'
import type { KeyStatus, Rekeying } from '../../vault/index.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { formatTime, print, printJson, printTable } from '../output.ts'
import type { CommandMaker } from './command.ts'

interface RekeyOptions extends StoreOptions {
  readonly newDataKey?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

export const rekey: CommandMaker = () =>
  withStoreOptions(new Command('rekey'))
    .option('--new-data-key', 'begin a new data key too, and seal what is stored anew')
    .option('--dry-run', 'say what is to be done, and do nothing')
    .option('--json', 'for machines')
    .addHelpText('after', HELP)
    .action((options: RekeyOptions) =>
      withWarder(options, async ({ rekeying }) => {
        const done = options.dryRun ? nothing : await change(rekeying, options)
        const status = await rekeying.status()
        if (options.json) return printJson({ ...done, ...status, left: leftIn(status) })
        if (!options.dryRun) show(done)
        showStatus(status)
        print(advice(status))
      }),
    )

const HELP = `
To change the key-encryption key: set vault.kek to the new one and name the old one in
vault.previousKeks, restart every server, run this, and take the old one out again when it says so.
Servers run on meanwhile. Stopped half-way, it goes on where it was when it is run again.

Examples:
  $ warder rekey --dry-run
  $ warder rekey
  $ warder rekey --new-data-key
`

/** What was done. */
interface Done {
  /** How many data keys were put under the primary key-encryption key. */
  readonly rewrapped: number
  /** The id of the data key that was begun. */
  readonly dataKey: string | null
  /** How many stored records were sealed anew. */
  readonly resealed: number
}

const nothing: Done = { rewrapped: 0, dataKey: null, resealed: 0 }

async function change(rekeying: Rekeying, { newDataKey }: RekeyOptions): Promise<Done> {
  const rewrapped = await rekeying.rewrap()
  const dataKey = newDataKey ? await rekeying.addDataKey() : null
  return { rewrapped, dataKey, resealed: await rekeying.reseal() }
}

/** What is left to do. */
function leftIn({ keks, dataKeys }: KeyStatus) {
  const previous = keks.filter(({ use }) => use === 'previous')
  return {
    dataKeys: sum(previous.map((kek) => kek.dataKeys)),
    records: sum(dataKeys.filter(({ newest }) => !newest).map(({ records }) => records)),
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`

function show({ rewrapped, dataKey, resealed }: Done): void {
  print(`Wrapped ${counted(rewrapped, 'data key')} anew.`)
  if (dataKey !== null) print(`Began the data key ${dataKey}.`)
  print(`Sealed ${counted(resealed, 'record')} anew.`)
  print()
}

function showStatus({ keks, dataKeys }: KeyStatus): void {
  printTable(
    ['KEY-ENCRYPTION KEY', 'USE', 'DATA KEYS'],
    keks.map((kek) => [kek.id, kek.use, String(kek.dataKeys)]),
  )
  print()
  printTable(
    ['DATA KEY', 'FOR', 'UNDER', 'SINCE', 'RECORDS'],
    dataKeys.map(({ id, kind, kekId, createdAt, records }) => {
      const [use, count] = kind === 'mac' ? ['hashing', '–'] : ['sealing', String(records)]
      return [id, use, kekId, formatTime(createdAt), count]
    }),
  )
  print()
}

/** What the operator is to do next. */
function advice(status: KeyStatus): string {
  const left = leftIn(status)
  if (left.dataKeys > 0) {
    return `${counted(left.dataKeys, 'data key')} to wrap anew: run “warder rekey”.`
  }
  if (left.records > 0) {
    return `${counted(left.records, 'record')} to seal anew: run “warder rekey”. A server that has not heard of a new data key yet may add a few more for a minute.`
  }
  const previous = status.keks.filter(({ use }) => use === 'previous').map(({ id }) => id)
  if (previous.length === 0) return 'Nothing is left to do.'
  return `Nothing is under ${previous.join(' or ')} any more. Take it out of vault.previousKeks, and keep it for as long as you keep backups from before now.`
}
