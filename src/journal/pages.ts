/**
 * Reading tables whose ids sort by time.
 *
 * @module
 */

import { orderedIdsFrom } from '../platform.ts'
import type { Page } from '../store/store.ts'

/** Rows read at a time. */
const PAGE = 500

/** Reads one page of rows. */
export type PageReader<R> = (page: Page) => Promise<readonly R[]>

/**
 * The rows from a time on, one after the other, until there are no more.
 *
 * @param from - Milliseconds since the epoch.
 */
export async function* rowsFrom<R extends { readonly id: string }>(
  read: PageReader<R>,
  from: number,
): AsyncGenerator<R, void, undefined> {
  let after = orderedIdsFrom(from)
  for (;;) {
    const page = await read({ limit: PAGE, after })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = last.id
  }
}
