/**
 * `warder jwt`: what people use a web page for, without pasting a token into one.
 *
 * Needs no installation and no configuration.
 *
 * @module
 */

import { Command } from 'commander'
import type { CommandMaker } from './command.ts'
import { decodeCommand } from './jwt-decode.ts'
import { keygenCommand } from './jwt-keygen.ts'
import { signCommand } from './jwt-sign.ts'
import { verifyCommand } from './jwt-verify.ts'

export const jwt: CommandMaker = () => {
  const group = new Command('jwt')
  decodeCommand(group)
  verifyCommand(group)
  signCommand(group)
  keygenCommand(group)
  return group
}
