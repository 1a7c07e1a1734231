/**
 * The path of a request, found without taking its URL apart: it is asked of every request.
 *
 * @module
 */

/** The path of an absolute URL as a parser writes it, without its query. */
export function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2)
  if (start === -1) return '/'
  const query = url.indexOf('?', start)
  return query === -1 ? url.slice(start) : url.slice(start, query)
}
