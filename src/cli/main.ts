#!/usr/bin/env node
/**
 * The command line.
 *
 * Exit codes: 0 done, 1 the answer is “no”, 2 wrong usage or configuration, 3 the other side could
 * not be reached.
 *
 * @module
 */

import './small-heap.ts'

// Loaded once the heap is told to stay small: to load everything is what makes it grow first.
const [{ outliveReaders }, { report, run }] = await Promise.all([
  import('./output.ts'),
  import('./run.ts'),
])

outliveReaders()

// What nobody caught may hold anything, so it is told like all the rest: without secrets.
process.on('uncaughtException', (error) => process.exit(report(error)))

process.exitCode = await run(process.argv.slice(2))
