/** The tools, resources and prompts of the server behind the gateway. */

import { randomBytes } from 'node:crypto'
import {
  completable,
  createRequestStateCodec,
  McpServer,
  ResourceTemplate,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { addAskingTools } from './upstream-asking.mjs'

/** One red pixel, and a WAV file without a sample. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA='

const text = (value) => ({ type: 'text', text: value })
const image = { type: 'image', data: PNG, mimeType: 'image/png' }
const embedded = (uri, mimeType, value) => ({
  type: 'resource',
  resource: { uri, mimeType, text: value },
})
const pause = () => new Promise((resolve) => setTimeout(resolve, 50))

const state = createRequestStateCodec({ key: randomBytes(32) })

/** @param {{ toolsChanged(): void, promptsChanged(): void }} [notify] tells subscribers of the modern era */
export function conformanceServer(notify) {
  const server = new McpServer(
    { name: 'conformance-upstream', version: '1.0.0' },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        logging: {},
        completions: {},
      },
      requestState: { verify: state.verify },
    },
  )
  addTools(server, notify)
  addAskingTools(server, state)
  addResources(server)
  addPrompts(server)
  return server
}

function addTools(server, notify) {
  const tool = (name, answer) =>
    server.registerTool(name, { description: `The suite's ${name}.` }, async (context) => ({
      content: await answer(context),
    }))
  tool('test_simple_text', () => [text('This is a simple text response for testing.')])
  tool('test_image_content', () => [image])
  tool('test_audio_content', () => [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }])
  tool('test_embedded_resource', () => [
    embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.'),
  ])
  tool('test_multiple_content_types', () => [
    text('Multiple content types test:'),
    image,
    embedded(
      'test://mixed-content-resource',
      'application/json',
      JSON.stringify({ test: 'data', value: 123 }),
    ),
  ])
  tool('test_error_handling', () => {
    throw new Error('This tool intentionally returns an error for testing')
  })
  tool('test_tool_with_logging', async ({ mcpReq }) => {
    await mcpReq.log('info', 'Tool execution started')
    await pause()
    await mcpReq.log('info', 'Tool processing data')
    await pause()
    await mcpReq.log('info', 'Tool execution completed')
    return [text('It has logged.')]
  })
  tool('test_logging_tool', async ({ mcpReq }) => {
    await mcpReq.log('info', 'Only for whoever asked for logs')
    return [text('It has logged.')]
  })
  tool('test_tool_with_progress', async ({ mcpReq }) => {
    const { progressToken } = mcpReq._meta ?? {}
    for (const progress of [0, 50, 100]) {
      if (progress > 0) await pause()
      if (progressToken === undefined) continue
      const params = { progressToken, progress, total: 100 }
      await mcpReq.notify({ method: 'notifications/progress', params })
    }
    return [text('It is done.')]
  })
  tool('test_trigger_tool_change', () => {
    notify?.toolsChanged()
    return [text('The tools have changed.')]
  })
  tool('test_trigger_prompt_change', () => {
    notify?.promptsChanged()
    return [text('The prompts have changed.')]
  })
}

function addResources(server) {
  const resource = (name, uri, mimeType, contents) =>
    server.registerResource(name, uri, { description: `The suite's ${name}.`, mimeType }, () => ({
      contents: [{ uri, mimeType, ...contents }],
    }))
  const words = 'This is the content of the static text resource.'
  resource('static-text', 'test://static-text', 'text/plain', { text: words })
  resource('static-binary', 'test://static-binary', 'image/png', { blob: PNG })
  resource('watched-resource', 'test://watched-resource', 'text/plain', { text: 'Watched.' })
  const mimeType = 'application/json'
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { description: 'The suite’s template.', mimeType },
    (uri, { id }) => {
      const data = { id, templateTest: true, data: `Data for ID: ${id}` }
      return { contents: [{ uri: uri.href, mimeType, text: JSON.stringify(data) }] }
    },
  )
  // Subscribing is accepted, and nothing ever changes.
  for (const method of ['resources/subscribe', 'resources/unsubscribe']) {
    server.server.setRequestHandler(method, () => ({}))
  }
}

function addPrompts(server) {
  const user = (...content) => ({
    messages: content.map((each) => ({ role: 'user', content: each })),
  })
  const described = (description, argsSchema) =>
    argsSchema === undefined ? { description } : { description, argsSchema: z.object(argsSchema) }
  server.registerPrompt('test_simple_prompt', described('A prompt without arguments.'), () =>
    user(text('This is a simple prompt for testing.')),
  )
  const first = completable(z.string(), (begun) =>
    ['paris', 'park', 'party'].filter((word) => word.startsWith(begun)),
  )
  server.registerPrompt(
    'test_prompt_with_arguments',
    described('A prompt with arguments.', { arg1: first, arg2: z.string() }),
    ({ arg1, arg2 }) => user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  )
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    described('A prompt with a resource.', { resourceUri: z.string() }),
    ({ resourceUri }) =>
      user(
        embedded(resourceUri, 'text/plain', 'Embedded resource content for testing.'),
        text('Please process the embedded resource above.'),
      ),
  )
  server.registerPrompt('test_prompt_with_image', described('A prompt with an image.'), () =>
    user(image, text('Please analyze the image above.')),
  )
}
