/** Using all that a server has: every tool, resource and prompt that it lists. */

/**
 * The suite's scenarios name no tools that are not listed, and need no others.
 *
 * @param attempt - Does something, and what it takes to be allowed to.
 */
export async function walkThrough({ client, attempt }, { toolCalls }) {
  const has = client.getServerCapabilities() ?? {}
  const { tools } = await attempt(() => client.listTools())
  for (const call of toolCalls ?? tools.map((tool) => callOf(tool, tools))) {
    await attempt(() => client.callTool(call)).catch(onlyIfTokens)
  }
  if (has.resources !== undefined) {
    const { resources } = await attempt(() => client.listResources())
    for (const { uri } of resources) await attempt(() => client.readResource({ uri }))
  }
  if (has.prompts !== undefined) {
    const { prompts } = await attempt(() => client.listPrompts())
    for (const { name } of prompts) await attempt(() => client.getPrompt({ name }))
  }
}

/** Some of the suite's servers have no answer for the tools they list, or one that is none. */
function onlyIfTokens(error) {
  const isAnswer = error.code === -32_601 || error.code === 'INVALID_RESULT'
  if (!isAnswer) throw error
}

/** A call with something of the right type for whatever is required. */
function callOf({ name, inputSchema }, tools) {
  const { properties = {}, required = [] } = inputSchema
  const given = required.map((argument) => [argument, valueFor(argument, properties, tools)])
  return { name, arguments: Object.fromEntries(given) }
}

function valueFor(argument, properties, tools) {
  // The one tool that takes a schema wants to see how another's came through.
  if (argument === 'schema') return tools[0].inputSchema
  const { type } = properties[argument] ?? {}
  return { number: 1, integer: 1, boolean: true, object: {}, array: [] }[type] ?? 'text'
}
