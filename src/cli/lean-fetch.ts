/**
 * A `fetch` for the one request that a starting server makes, which is to itself.
 *
 * The global one compiles a parser of its own at its first use. That takes 25 MB for a while, and some
 * of it for good.
 *
 * Left out on purpose: redirects, bodies that are sent, and all else that looking at oneself is not.
 *
 * @module
 */

import { get as getByHttp } from 'node:http'
import { get as getByHttps } from 'node:https'

/** Gets a URL. @throws whatever kept it from being answered. */
export const leanFetch: typeof globalThis.fetch = (input, { signal } = {}) =>
  new Promise((resolve, reject) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const get = url.protocol === 'https:' ? getByHttps : getByHttp
    const asked = get(url, { agent: false, ...(signal ? { signal } : {}) }, async (answer) => {
      try {
        const chunks = await answer.toArray()
        resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 500 }))
      } catch (error) {
        reject(error)
      }
    })
    asked.on('error', reject)
  })
