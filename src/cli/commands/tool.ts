/**
 * `warder tool`: what the servers behind the gateway say their tools are, and saying yes to it.
 *
 * @module
 */

import { Command } from 'commander'
import { ConfigError, WarderError } from '../../errors.ts'
import { type ToolApprovals, toolApprovals } from '../../gateway/index.ts'
import { systemPlatform } from '../../platform.ts'
import type { PinnedTool } from '../../store/index.ts'
import { type StoreOptions, withStoreOptions, withWarder } from '../configuration.ts'
import { formatTime, print, printJson, printTable, styled, visible } from '../output.ts'
import { type DiffLine, diffLines } from '../tool-diff.ts'
import type { CommandMaker } from './command.ts'

interface ToolOptions extends StoreOptions {
  readonly json?: boolean
}

interface ApproveOptions extends ToolOptions {
  readonly all?: boolean
  readonly hash?: string
}

export const tool: CommandMaker = () => {
  const group = new Command('tool')
  listCommand(group)
  diffCommand(group)
  approveCommand(group)
  return group
}

const withApprovals = (options: StoreOptions, work: (approvals: ToolApprovals) => Promise<void>) =>
  withWarder(options, ({ store }) => work(toolApprovals(store, systemPlatform)))

function listCommand(group: Command): void {
  withStoreOptions(group.command('list [server]'))
    .description('List the tools that servers have listed, and which of them have changed since.')
    .option('--json', 'for machines')
    .addHelpText('after', '\nExample:\n  $ warder tool list')
    .action((server: string | undefined, options: ToolOptions) =>
      withApprovals(options, async (approvals) => {
        const tools = await approvals.list(server)
        if (options.json) return printJson(tools.map(summary))
        printTable(
          ['SERVER', 'TOOL', 'STATE', 'SINCE'],
          tools.map((each) => [
            each.server,
            visible(each.tool),
            stateOf(each),
            formatTime(sinceOf(each)),
          ]),
        )
        if (!tools.some(isChanged)) return
        print(styled('dim', 'See what changed with: warder tool diff SERVER TOOL'))
      }),
    )
}

function diffCommand(group: Command): void {
  withStoreOptions(group.command('diff <server> <tool>'))
    .description('Show what a server changed of a tool since it was approved.')
    .option('--json', 'for machines: both definitions')
    .addHelpText('after', '\nExample:\n  $ warder tool diff files read_file')
    .action((server: string, name: string, options: ToolOptions) =>
      withApprovals(options, async (approvals) => {
        const tools = await toolsNamed(approvals, server, name)
        if (options.json) return printJson(tools.map(details))
        for (const each of tools) showDiff(each)
      }),
    )
}

function approveCommand(group: Command): void {
  withStoreOptions(group.command('approve <server> [tool]'))
    .description('Approve a tool as its server lists it now. Running gateways know within seconds.')
    .option('--all', 'every tool of the server')
    .option('--hash <hash>', 'only if this is still what is approved, as shown by diff')
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      `
Examples:
  $ warder tool approve files read_file
  $ warder tool approve files --all`,
    )
    .action((server: string, name: string | undefined, options: ApproveOptions) =>
      withApprovals(options, async (approvals) => {
        const tools = await chosen(approvals, { server, name, options })
        for (const each of tools) await approveOne(approvals, each, options)
        if (options.json) printJson(tools.map(({ server, tool }) => ({ server, tool })))
      }),
    )
}

/** The tools to approve: one, or all that nobody has approved as they are. */
async function chosen(
  approvals: ToolApprovals,
  asked: { server: string; name: string | undefined; options: ApproveOptions },
): Promise<readonly PinnedTool[]> {
  const { server, name, options } = asked
  if ((name === undefined) === (options.all !== true)) {
    throw new ConfigError('tool approve', 'needs either a tool or --all.', 'See --help.')
  }
  if (name !== undefined) return toolsNamed(approvals, server, name)
  const tools = await approvals.list(server)
  if (tools.length === 0) throw noSuch(`There is no tool of “${server}”.`)
  return tools.filter((each) => isChanged(each) || each.approvedAt === null)
}

async function approveOne(
  approvals: ToolApprovals,
  each: PinnedTool,
  { hash, json }: ApproveOptions,
): Promise<void> {
  const isMeant = hash === undefined || hashOf(each).startsWith(hash)
  if (!isMeant || !(await approvals.approve(each))) {
    throw new WarderError(
      'tool_changed',
      `“${visible(each.tool)}” is something else by now. Look again with: warder tool diff`,
    )
  }
  if (!json) print(`Approved ${visible(each.tool)} of ${each.server}.`)
}

/** The tools of that name: of several installations on one store there may be several. */
async function toolsNamed(
  approvals: ToolApprovals,
  server: string,
  name: string,
): Promise<readonly PinnedTool[]> {
  const tools = await approvals.list(server)
  // A name that cannot be typed is given as it is shown.
  const named = tools.filter((each) => each.tool === name || visible(each.tool) === name)
  if (named.length > 0) return named
  throw noSuch(`There is no tool “${name}” of “${server}”.`)
}

const noSuch = (sentence: string) =>
  new WarderError('no_such_tool', `${sentence} List them with: warder tool list`)

function showDiff(each: PinnedTool): void {
  const { server, resource, tool: name, approved, pending, pendingHash } = each
  print(`${styled('bold', visible(name))} of ${server}  ${styled('dim', resource)}`)
  if (pendingHash === null) {
    print('It is what was approved.')
    return
  }
  if (approved === null || pending === null) {
    print('The definition is too large to be kept. Look at what the server itself lists.')
  } else {
    for (const line of diffLines(approved, pending)) print(painted(line))
  }
  // Nobody should paste into a shell what a server made up.
  const named = /^\w[\w./-]*$/.test(name) ? name : 'TOOL'
  const command = `warder tool approve ${server} ${named} --hash ${pendingHash.slice(0, 16)}`
  print(styled('dim', `Approve exactly this with: ${command}`))
}

const painted = ({ mark, text }: DiffLine): string => {
  if (mark === ' ') return styled('bold', text)
  return styled(mark === '-' ? 'red' : 'green', `${mark} ${text}`)
}

const isChanged = ({ pendingHash }: PinnedTool) => pendingHash !== null

const hashOf = ({ pendingHash, approvedHash }: PinnedTool) => pendingHash ?? approvedHash

const stateOf = (each: PinnedTool): 'changed' | 'approved' | 'as first listed' => {
  if (isChanged(each)) return 'changed'
  return each.approvedAt === null ? 'as first listed' : 'approved'
}

const sinceOf = (each: PinnedTool): number =>
  isChanged(each) ? each.changedAt : (each.approvedAt ?? each.seenAt)

/** All but the definitions. */
function summary(each: PinnedTool) {
  const { id: _, approved: __, pending: ___, ...facts } = each
  return { ...facts, state: stateOf(each) }
}

function details(each: PinnedTool) {
  const { id: _, ...facts } = each
  return { ...facts, state: stateOf(each) }
}
