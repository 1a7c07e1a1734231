/**
 * Options of `mcp-remote` that are called otherwise here, or are not needed: they are accepted, so that
 * a configuration file changes over by one word. What has no effect is said.
 *
 * Left out on purpose: sending ID tokens as if they were access tokens. They are for the client.
 *
 * @module
 */

import { type Command, Option } from 'commander'

/** Called otherwise here. */
const others = ['--device-code', '--disable-cookies']

/** Without effect, and why. */
const needless: Readonly<Record<string, string>> = {
  '--protocol <mode>': 'messages of either era are carried as they are',
  '--keep-alive': 'a stream that a balancer closes is taken up again where it was',
  '--ping-interval <seconds>': 'a stream that a balancer closes is taken up again where it was',
  '--headers-timeout <seconds>': 'the client decides how long it waits',
  '--body-timeout <seconds>': 'streams may be quiet for as long as they like',
  '--auth-success-url <url>': 'the page that ends a sign-in says what became of it',
}

const hidden = (flags: string) => new Option(flags).hideHelp()

/** Adds them, without a word in the help. */
export function withMcpRemoteFlags(command: Command): Command {
  for (const flags of [...others, ...Object.keys(needless)]) command.addOption(hidden(flags))
  return command
}

/** What is to be said about those that were given. */
export const needlessFlags = (given: object): readonly string[] =>
  Object.entries(needless).flatMap(([flags, why]) => {
    const option = new Option(flags)
    return option.attributeName() in given ? [`${option.long} has no effect: ${why}.`] : []
  })
