/** `docs/configuration.md` from a zod schema: each setting is one row of it. */

import { z } from 'zod'
import { code, page, table } from './generated.ts'

/** As much of JSON Schema as zod makes of settings. */
interface Schema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly format?: string
  readonly unit?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** What stands for a name that the user chooses. */
const NAME = 'NAME'

/** The page of settings. */
export function configurationPage(settings: z.ZodType, introduction: string): string {
  const json = z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' })
  const schema: Schema = JSON.parse(JSON.stringify(json))
  const required = (name: string) => schema.required?.includes(name) ?? false
  const top = Object.entries(schema.properties ?? {})
  const sections = top.filter(([, value]) => isSection(value))
  const single = top.filter(([, value]) => !isSection(value))
  return page(
    'Configuration',
    introduction,
    rowsTable(single.flatMap(([name, value]) => rowsOf(name, value, required(name)))),
    ...sections.flatMap(([name, value]) => [
      `## ${code(name)}`,
      ...(value.description === undefined ? [] : [value.description]),
      rowsTable(inside(name, value)),
    ]),
  )
}

const rowsTable = (rows: readonly SettingRow[]): string =>
  table(
    ['setting', 'type', 'default', 'what it does'],
    rows.map(({ path, type, standard, reason }) => [code(path), type, standard, reason]),
  )

interface SettingRow {
  readonly path: string
  readonly type: string
  readonly standard: string
  readonly reason: string
}

/** Whether a schema only holds settings and is none itself. */
function isSection(schema: Schema): boolean {
  const variants = variantsOf(schema)
  const record = named(schema)
  if (isReference(schema)) return false
  if (variants.length > 0) return variants.every(isSection)
  return schema.properties !== undefined || (record !== undefined && isSection(record))
}

const named = ({ additionalProperties }: Schema): Schema | undefined =>
  typeof additionalProperties === 'object' ? additionalProperties : undefined

const variantsOf = (schema: Schema): readonly Schema[] => schema.anyOf ?? schema.oneOf ?? []

function rowsOf(path: string, schema: Schema, required: boolean): SettingRow[] {
  const { description: reason = '' } = schema
  const standard = required ? 'required' : standardOf(schema)
  if (!isSection(schema)) return [{ path, type: typeOf(schema), standard, reason }]
  const below = inside(path, schema)
  return reason === '' ? below : [{ path, type: 'section', standard: '–', reason }, ...below]
}

/** The settings within a section. */
function inside(path: string, schema: Schema): SettingRow[] {
  const properties = Object.entries(schema.properties ?? {})
  const record = named(schema)
  return [
    ...properties.flatMap(([name, value]) =>
      rowsOf(`${path}.${name}`, value, schema.required?.includes(name) ?? false),
    ),
    ...(record === undefined ? [] : rowsOf(`${path}.${NAME}`, record, false)),
    ...variantsOf(schema).flatMap((variant) => inside(path, variant)),
  ]
}

/** A reference to a secret is one value, however it is written. */
const isReference = (schema: Schema): boolean =>
  variantsOf(schema).some(({ properties }) => properties !== undefined && 'env' in properties)

function standardOf(schema: Schema): string {
  const value = schema.default
  return value === undefined ? '–' : code(JSON.stringify(value))
}

/** A type in words, with its bounds. */
function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const))
  if (schema.enum !== undefined) return schema.enum.map((one) => code(String(one))).join(', ')
  if (isReference(schema)) return 'secret by reference'
  const variants = variantsOf(schema)
  if (variants.length > 0) return [...new Set(variants.map(typeOf))].join(' or ')
  if (schema.type === 'array') {
    const many = bounds(schema.minItems, schema.maxItems).replace(', ', '')
    return `list of ${typeOf(schema.items ?? {})}${many === '' ? '' : ` (${many})`}`
  }
  const record = named(schema)
  if (record !== undefined) return `${typeOf(record)} by name`
  if (schema.type === 'integer' || schema.type === 'number') {
    return `${schema.unit ?? 'number'}${bounds(schema.minimum, schema.maximum)}`
  }
  if (schema.type === 'string') {
    return `${schema.format ?? 'text'}${bounds(schema.minLength, schema.maxLength)}`
  }
  return schema.type === 'boolean' ? '`true`, `false`' : (schema.type ?? 'any')
}

/** Bounds in words. The bounds that a whole number has anyway are left out. */
function bounds(least: number | undefined, most: number | undefined): string {
  const from = least === undefined || least === Number.MIN_SAFE_INTEGER ? undefined : least
  const to = most === undefined || most === Number.MAX_SAFE_INTEGER ? undefined : most
  if (from === undefined && to === undefined) return ''
  if (to === undefined) return `, at least ${from}`
  return from === undefined ? `, at most ${to}` : `, ${from} to ${to}`
}
