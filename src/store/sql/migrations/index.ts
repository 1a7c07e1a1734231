/**
 * The migrations in their order. One more is one file and one line at the end here.
 *
 * @module
 */

import { first } from './0001-first.ts'
import type { Migration } from './migration.ts'

/** All migrations, oldest first. */
export const migrations: readonly Migration[] = [first]
