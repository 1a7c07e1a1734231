/** What signatures are verified with: Node's own cryptography, and WebCrypto where there is none. */

import { afterEach, beforeEach, vi } from 'vitest'
import { isThorough } from './servers.ts'

type Engine = 'node:crypto' | 'WebCrypto'

/** Those that this run tries. */
export const engines: readonly Engine[] = isThorough
  ? ['node:crypto', 'WebCrypto']
  : ['node:crypto']

/** Has the tests of this block run on one of them, as on a platform that has no other. */
export function runsOn(engine: Engine): void {
  if (engine === 'node:crypto') return
  beforeEach(() => {
    const real = process.getBuiltinModule.bind(process)
    vi.spyOn(process, 'getBuiltinModule').mockImplementation((name: string) =>
      name === 'node:crypto' ? undefined : Reflect.apply(real, process, [name]),
    )
  })
  afterEach(() => {
    vi.mocked(process.getBuiltinModule).mockRestore()
  })
}
