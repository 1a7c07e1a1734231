import { runInNewContext } from 'node:vm'
import { Response as ResponseOfUndici } from 'undici'
import { describe, expect, it } from 'vitest'
import { createGuard } from '../../guard/index.ts'
import { createGate } from './gate.ts'
import { nodeVisit } from './node-visit.ts'

const guard = createGuard({ issuer: 'https://as.test', resource: 'https://api.test/' })

describe('A gate', () => {
  it('takes no refusal for a principal, of whatever realm its Response is', async () => {
    const refusal: Response = runInNewContext('new Answer(null, { status: 401 })', {
      Answer: ResponseOfUndici,
    })
    expect(refusal).not.toBeInstanceOf(Response)
    const strange = { ...guard, decide: () => refusal }
    const outcome = await createGate(
      strange,
      undefined,
      nodeVisit,
    )({ rawHeaders: ['Host', 'api.test'], socket: {} })
    expect(outcome).toBe(refusal)
  })
})
