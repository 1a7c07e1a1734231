/**
 * The words that settings are written in, and how a mistake in them is reported.
 *
 * Each room describes its own section as one zod schema whose rows carry the default, the bounds
 * and the reason; `warder.ts` puts the sections together.
 *
 * @module
 */

import { z } from 'zod'
import { ConfigError } from './errors.ts'

/** A duration in whole seconds within bounds. */
export const seconds = ({ min, max }: { min: number; max: number }) =>
  z.number().int().min(min).max(max).meta({ unit: 'seconds' })

/** A whole number within bounds. */
export const count = ({ min, max }: { min: number; max: number }) =>
  z.number().int().min(min).max(max)

/** A secret by reference, never in the file itself. */
export const secretReference = z
  .union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })])
  .describe('A reference to a secret: { "env": "NAME" } or { "file": "/path" }.')

/** Where a secret is kept. */
export type SecretReference = z.infer<typeof secretReference>

/** The path of an issue as people write it: `mcp.files.tools`. */
const pathOf = (path: readonly PropertyKey[]) => path.map(String).join('.') || 'settings'

/** The known name nearest to a misspelt one, if any is near. */
function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

/** Levenshtein's distance, row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** What is needed of a JSON Schema here. */
interface SchemaNode {
  readonly anyOf?: readonly SchemaNode[] | undefined
  readonly properties?: Readonly<Record<string, SchemaNode | boolean>> | undefined
  readonly additionalProperties?: SchemaNode | boolean | undefined
}

const alternatives = (node: SchemaNode): readonly SchemaNode[] => node.anyOf ?? [node]

/** The names a schema knows at a path, for suggesting one. */
function namesAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let nodes = alternatives(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))
  for (const step of path) {
    nodes = nodes.flatMap(({ properties, additionalProperties }) => {
      const next = properties?.[String(step)] ?? additionalProperties
      return typeof next === 'object' ? alternatives(next) : []
    })
  }
  return nodes.flatMap(({ properties = {} }) => Object.keys(properties))
}

type Issue = z.core.$ZodIssue

/** Whether the value is at least of the kind that an alternative wants. */
const isOfItsKind = (issues: readonly Issue[]) =>
  issues.every(
    ({ code, path }) => path.length > 0 || !['invalid_type', 'invalid_value'].includes(code),
  )

/** The mistake to tell of: a misspelt name before what is missing for it, and as deep as it is. */
function mistakeIn(issues: readonly Issue[]): Issue | undefined {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  const within = (inner: Issue | undefined, path: readonly PropertyKey[] = []) =>
    inner === undefined ? issue : { ...inner, path: [...(issue?.path ?? []), ...path] }
  if (issue?.code === 'invalid_key') return within(issue.issues[0])
  if (issue?.code !== 'invalid_union') return issue
  const [nearest, next] = issue.errors.filter(isOfItsKind).toSorted((a, b) => a.length - b.length)
  // Of alternatives equally far away, neither was meant more than the other.
  if (nearest === undefined || nearest.length === next?.length) return issue
  const inner = mistakeIn(nearest)
  return within(inner, inner?.path)
}

/**
 * Reads settings against a schema, filling in defaults.
 *
 * @throws {ConfigError} naming the first mistake, and for an unknown name the nearest known one.
 * The message never repeats a value, because a value may be a secret.
 */
export function parseSettings<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const issue = mistakeIn(result.error.issues)
  if (issue === undefined) throw new ConfigError('settings', 'could not be read.')
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0] ?? ''
    const near = nearest(unknown, namesAt(schema, issue.path))
    throw new ConfigError(
      pathOf([...issue.path, unknown]),
      'is not a setting.',
      near === undefined ? 'See docs/configuration.md.' : `Did you mean “${near}”?`,
    )
  }
  throw new ConfigError(pathOf(issue.path), `${issue.message}.`, 'See docs/configuration.md.')
}
