/**
 * A file that SQLite must not make where there is none.
 *
 * @see {@link https://www.sqlite.org/uri.html#urimode | URI filenames}, on `mode`
 * @module
 */

import { pathToFileURL } from 'node:url'

/** The name by which a driver opens a file that is there. */
export const existingFile = (path: string): string => `${pathToFileURL(path)}?mode=rw`
