/**
 * What asks its caller for something: by a request of its own in the legacy era, by an answer that
 * says what is required in the modern one.
 */

import { acceptedContent, inputRequired } from '@modelcontextprotocol/server'
import { z } from 'zod'

const said = (value) => ({ content: [{ type: 'text', text: value }] })
const form = (properties) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
})
const elicit = (message, properties) =>
  inputRequired.elicit({ message, requestedSchema: form(properties) })
const sample = (question, maxTokens) =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: question } }],
    maxTokens,
  })
const askName = () => elicit('What is your name?', { name: { type: 'string' } })

/** Adds the tools and the prompt. `state` signs what comes back through the caller. */
export function addAskingTools(server, state) {
  addLegacyTools(server)
  const tool = (name, answer) =>
    server.registerTool(
      `test_${name}`,
      { description: `The suite's test_${name}.` },
      ({ mcpReq }) => answer(mcpReq, mcpReq.inputResponses ?? {}),
    )
  const once = (name, key, request, answer) =>
    tool(name, (_, responses) =>
      responses[key] === undefined
        ? inputRequired({ inputRequests: { [key]: request() } })
        : answer(responses[key], responses),
    )

  tool('input_required_result_elicitation', (_, responses) => {
    const user = acceptedContent(responses, 'user_name', z.object({ name: z.string() }))
    if (user === undefined) return inputRequired({ inputRequests: { user_name: askName() } })
    return said(`Hello, ${user.name}!`)
  })
  once(
    'input_required_result_sampling',
    'capital_question',
    () => sample('What is the capital of France?', 100),
    (answer) => said(JSON.stringify(answer.content)),
  )
  once('input_required_result_list_roots', 'client_roots', inputRequired.listRoots, (answer) =>
    said(JSON.stringify(answer.roots)),
  )
  once(
    'missing_capability',
    'question',
    () => sample('Is there a model?', 10),
    () => said('There is one.'),
  )
  once(
    'streaming_elicitation',
    'ok',
    () => elicit('Go on?', { ok: { type: 'boolean' } }),
    () => said('It goes on.'),
  )
  addStatefulTools(tool, state)
  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'A prompt that asks for its context.' },
    ({ mcpReq }) => {
      const given = acceptedContent(mcpReq.inputResponses, 'user_context')
      if (given === undefined) {
        const message = 'What context should the prompt use?'
        const request = elicit(message, { context: { type: 'string' } })
        return inputRequired({ inputRequests: { user_context: request } })
      }
      const content = { type: 'text', text: `In this context: ${given.context}` }
      return { messages: [{ role: 'user', content }] }
    },
  )
}

/** Tools that know by a signed state how far they have come. */
function addStatefulTools(tool, state) {
  const asking = async (inputRequests, at) =>
    inputRequired({ inputRequests, requestState: await state.mint({ at }) })
  const confirm = () => elicit('Please confirm', { ok: { type: 'boolean' } })
  for (const name of ['request_state', 'tampered_state']) {
    tool(`input_required_result_${name}`, ({ requestState }) =>
      requestState()?.at === name ? said('state-ok') : asking({ confirm: confirm() }, name),
    )
  }
  tool('input_required_result_multiple_inputs', (_, responses) => {
    const keys = ['user_name', 'greeting', 'client_roots']
    if (keys.every((key) => responses[key] !== undefined)) return said('All were given.')
    return asking(
      {
        user_name: askName(),
        greeting: sample('Generate a greeting', 50),
        client_roots: inputRequired.listRoots(),
      },
      'multiple',
    )
  })
  tool('input_required_result_multi_round', ({ requestState }, responses) => {
    const at = requestState()?.at
    if (at === 2 && responses.step2 !== undefined) return said('Both steps are done.')
    if (at === 1 && responses.step1 !== undefined) {
      const question = 'Step 2: What is your favorite color?'
      return asking({ step2: elicit(question, { color: { type: 'string' } }) }, 2)
    }
    return asking({ step1: elicit('Step 1: What is your name?', { name: { type: 'string' } }) }, 1)
  })
  tool('input_required_result_capabilities', ({ envelope }, responses) => {
    if (Object.keys(responses).length > 0) return said('It was given.')
    const can = envelope?.['io.modelcontextprotocol/clientCapabilities'] ?? {}
    const inputRequests = {
      ...(can.elicitation ? { name: askName() } : {}),
      ...(can.sampling ? { greeting: sample('Generate a greeting', 50) } : {}),
      ...(can.roots ? { client_roots: inputRequired.listRoots() } : {}),
    }
    return Object.keys(inputRequests).length === 0
      ? said('There is nothing to ask for.')
      : inputRequired({ inputRequests })
  })
}

/**
 * On the stream of the call, as the specification wants it. By itself the SDK asks on the session's own
 * stream, and forgets what it asks before that is open.
 */
const along = ({ id }) => ({ relatedRequestId: id })

function addLegacyTools(server) {
  const tool = (name, inputSchema, answer) =>
    server.registerTool(
      `test_${name}`,
      { description: `The suite's test_${name}.`, inputSchema: z.object(inputSchema) },
      answer,
    )
  tool('sampling', { prompt: z.string() }, async ({ prompt }, { mcpReq }) => {
    const messages = [{ role: 'user', content: { type: 'text', text: prompt } }]
    const { content } = await mcpReq.requestSampling({ messages, maxTokens: 100 }, along(mcpReq))
    return said(`LLM response: ${content.text}`)
  })
  tool('elicitation', { message: z.string() }, async ({ message }, { mcpReq }) => {
    const requestedSchema = form({
      username: { type: 'string', description: "User's response" },
      email: { type: 'string', description: "User's email address" },
    })
    const { action, content } = await mcpReq.elicitInput(
      { message, requestedSchema },
      along(mcpReq),
    )
    return said(`User response: action=${action}, content=${JSON.stringify(content)}`)
  })
  for (const [name, properties] of Object.entries(forms)) {
    tool(name, {}, async (_, { mcpReq }) => {
      const requestedSchema = { type: 'object', properties }
      const asked = { message: 'Please fill this in', requestedSchema }
      const { action, content } = await mcpReq.elicitInput(asked, along(mcpReq))
      return said(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`)
    })
  }
}

const options = ['option1', 'option2', 'option3']
const titled = (noun) =>
  ['First', 'Second', 'Third'].map((nth, at) => ({
    const: `value${at + 1}`,
    title: `${nth} ${noun}`,
  }))

/** Forms by the tool that shows them. */
const forms = {
  elicitation_sep1034_defaults: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
  elicitation_sep1330_enums: {
    untitledSingle: { type: 'string', enum: options },
    titledSingle: { type: 'string', oneOf: titled('Option') },
    legacyEnum: {
      type: 'string',
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
    titledMulti: { type: 'array', items: { anyOf: titled('Choice') } },
  },
}
