/** What the client says of itself, and what it answers when it is asked. */

export const about = { name: 'warder', version: '1.0.0' }

export const capabilities = {
  elicitation: { form: { applyDefaults: true } },
  sampling: {},
  roots: {},
}

export const answers = {
  'elicitation/create': () => ({ action: 'accept', content: {} }),
  'sampling/createMessage': () => ({
    model: 'none',
    role: 'assistant',
    content: { type: 'text', text: 'text' },
  }),
  'roots/list': () => ({ roots: [] }),
}
