/** What guards say of vectors, by what they verify with. */

import { openers } from './openers.mjs'

/** The names of both. */
export const engines = ['node:crypto', 'WebCrypto']

/** Whether each vector is accepted, in the order of the files. */
export async function runOn(engine, files) {
  const real = process.getBuiltinModule
  if (engine === 'WebCrypto') {
    // As on a platform without Node's own cryptography.
    process.getBuiltinModule = (name) => (name === 'node:crypto' ? undefined : real(name))
  }
  try {
    const said = []
    for (const group of files.flatMap(({ groups }) => groups)) {
      const accepts = await openers[group.type](group)
      for (const test of group.tests) said.push(await accepts(test))
    }
    return said
  } finally {
    process.getBuiltinModule = real
  }
}
