/** What loading a part of Warder costs, so that nobody pays for what they do not use. */

import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { expect, it } from 'vitest'

/** The minified code of a room with all that it loads, but for `jose`. */
async function codeOf(room: string): Promise<string> {
  const entry = fileURLToPath(new URL(`../../dist/${room}/index.js`, import.meta.url))
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      rolldownOptions: {
        ...{ input: entry, external: ['jose'] },
        preserveEntrySignatures: 'strict',
        output: { minify: true },
      },
    },
  })
  const outputs = [built].flat().flatMap((one) => ('output' in one ? one.output : []))
  return outputs.map((file) => (file.type === 'chunk' ? file.code : '')).join('')
}

it('warder/guard is less than 60 kB, minified', async () => {
  const code = await codeOf('guard')
  expect(code).toContain('resource_metadata')
  expect(code.length).toBeLessThan(60_000)
})
