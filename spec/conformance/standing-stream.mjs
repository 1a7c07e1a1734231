/**
 * The stream on which servers of the legacy era ask their clients. The SDK opens it without waiting, and
 * a question that comes before it is there is lost: with many scenarios at once, that happens.
 */

/** A `fetch` that tells when the stream was answered, with whatever. */
export function noticing(fetch = globalThis.fetch) {
  let notice = () => {}
  const opened = new Promise((resolve) => {
    notice = resolve
  })
  return {
    opened,
    async fetch(url, init) {
      const response = await fetch(url, init)
      if (init?.method === 'GET' && response.status !== 401) notice()
      return response
    },
  }
}
