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
  readonly prefixItems?: readonly Schema[]
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

const REQUIRED = 'required'

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

/** The JSON Schema that editors check `warder.config.json` against. */
export function configurationSchema(settings: z.ZodType): string {
  const { properties, ...schema } = z.toJSONSchema(settings, {
    io: 'input',
    unrepresentable: 'any',
  })
  const title = 'Settings of Warder'
  // Editors find the schema by this member, which the settings themselves do not have.
  const withPointer = { $schema: { type: 'string' }, ...properties }
  return `${JSON.stringify({ title, ...schema, properties: withPointer }, null, 2)}\n`
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
  const below = inside(path, schema)
  if (!isSection(schema)) {
    const standard = required ? REQUIRED : standardOf(schema)
    return [{ path, type: typeOf(schema), standard, reason }, ...below]
  }
  return reason === '' ? below : [{ path, type: 'section', standard: '–', reason }, ...below]
}

/** The settings within another; those that all of its variants have are listed once. */
function inside(path: string, schema: Schema): SettingRow[] {
  if (isReference(schema)) return []
  const properties = Object.entries(schema.properties ?? {})
  const record = named(schema)
  const variants = variantsOf(schema)
    .map((variant) => inside(path, variant))
    .filter((rows) => rows.length > 0)
  const rows = [
    ...properties.flatMap(([name, value]) =>
      rowsOf(`${path}.${name}`, value, schema.required?.includes(name) ?? false),
    ),
    ...(record === undefined ? [] : inside(`${path}.${NAME}`, record)),
    ...(variants.length > 1
      ? variants.flatMap((rows) => rows.map(inOneOf(variants)))
      : variants.flat()),
  ]
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()]
}

/** What only one variant requires tells the variants apart. */
const inOneOf =
  (variants: readonly (readonly SettingRow[])[]) =>
  (row: SettingRow): SettingRow => {
    const isCommon = variants.every((rows) => rows.some(({ path }) => path === row.path))
    return row.standard === REQUIRED && !isCommon ? { ...row, standard: 'one of these' } : row
  }

/** `{ "env": … }` or `{ "file": … }`: one value, not a section. */
const isReference = ({ properties = {} }: Schema): boolean =>
  ['env', 'file'].includes(Object.keys(properties).join())

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
    const { prefixItems = [], items = prefixItems[0] ?? {} } = schema
    const many = bounds(schema.minItems ?? (prefixItems.length || undefined), schema.maxItems)
    return `list of ${typeOf(items)}${many === '' ? '' : ` (${many.replace(', ', '')})`}`
  }
  const record = named(schema)
  if (record !== undefined) return `${typeOf(record)} by name`
  if (schema.type === 'integer' || schema.type === 'number') {
    return `${schema.unit ?? 'number'}${bounds(schema.minimum, schema.maximum)}`
  }
  if (schema.type === 'string') {
    const { minLength = 0, maxLength } = schema
    return `${schema.format ?? 'text'}${bounds(minLength > 1 ? minLength : undefined, maxLength)}`
  }
  if (schema.properties !== undefined) return 'the settings below'
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
