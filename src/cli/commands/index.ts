/**
 * The commands, in the order `--help` lists them. One more is one more file and one more line here.
 *
 * @module
 */

import { apikey } from './apikey.ts'
import { backup } from './backup.ts'
import { client } from './client.ts'
import type { CommandMaker } from './command.ts'
import { events } from './events.ts'
import { jwt } from './jwt.ts'
import { key } from './key.ts'
import { migrate } from './migrate.ts'
import { protect } from './protect.ts'
import { rekey } from './rekey.ts'
import { revokeSince } from './revoke-since.ts'
import { serve } from './serve.ts'
import { sweep } from './sweep.ts'
import { tool } from './tool.ts'
import { user } from './user.ts'
import { why } from './why.ts'

/** Every command. */
export const commands: readonly CommandMaker[] = [
  protect,
  serve,
  user,
  client,
  apikey,
  tool,
  key,
  jwt,
  events,
  why,
  rekey,
  migrate,
  backup,
  revokeSince,
  sweep,
]
