/** Warder's API keys in SQLite. */

import { readFileSync } from 'node:fs'
import { apiKeys } from '../../../dist/guard/credentials/index.js'
import { openApiKeys } from '../../warder/api-keys.mjs'
import { checkOf } from '../../warder/checks.mjs'

export async function prepare({ file, told, cache, ...given }) {
  const { secret, texts } = JSON.parse(readFileSync(told, 'utf8'))
  const keys = await openApiKeys({ file, secret, cache })
  // One that was cut off, which no store is asked about.
  const bad = [texts[0].slice(0, -1)]
  return { operate: checkOf(apiKeys({ keys }), given), inputs: texts, bad }
}
