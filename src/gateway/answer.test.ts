import { expect, it } from 'vitest'
import { streamAnswer } from './answer.ts'
import type { StreamEvent } from './upstreams/upstream.ts'

const endings = {
  ends: () => undefined,
  'goes on': (): StreamEvent => ({ id: '1' }),
  breaks: () => {
    throw new Error('aborted')
  },
}

it.each(Object.entries(endings))(
  'is no failure that the source %s after the reader has left',
  async (_, last) => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    async function* events() {
      await held
      const event = last()
      if (event !== undefined) yield event
    }
    const told: string[] = []
    const { body } = streamAnswer({
      events: events(),
      timers: { after: () => () => {} },
      onEnd: () => told.push('end'),
      onError: () => told.push('error'),
    })
    const reader = body?.getReader()
    await reader?.read()
    const left = reader?.cancel()
    release()
    await left
    expect(told).toEqual(['end'])
  },
)
