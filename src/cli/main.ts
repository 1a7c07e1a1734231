#!/usr/bin/env node
/**
 * The command line.
 *
 * Exit codes: 0 done, 1 the answer is “no”, 2 wrong usage or configuration, 3 the other side could
 * not be reached.
 *
 * @module
 */

import { run } from './run.ts'

process.exitCode = await run(process.argv.slice(2))
