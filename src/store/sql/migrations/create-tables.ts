/**
 * Creates tables from a declaration of their columns, so that a migration is data.
 *
 * @module
 */

import type { Compilable, CreateTableBuilder } from 'kysely'
import type { ColumnTypes, Writer } from '../dialect.ts'

/** A table besides its key, the text column `id`. Names are SQL's; `?` is a column that may be null. */
export interface TableDeclaration {
  readonly columns: Readonly<Record<string, 'text' | 'integer' | 'text?' | 'integer?'>>
  readonly unique?: readonly string[]
  readonly indexed?: readonly string[]
}

/** Tables by name. */
export type TableDeclarations = Readonly<Record<string, TableDeclaration>>

/** The SQL that creates tables and their indexes. */
export function createTables(
  writer: Writer,
  types: ColumnTypes,
  declarations: TableDeclarations,
): readonly string[] {
  const statements = Object.entries(declarations).flatMap(([table, declaration]) => [
    createTable(writer, types, { table, ...declaration }),
    ...(declaration.indexed ?? []).map((column) =>
      writer.schema.createIndex(`${table}_${column}`).ifNotExists().on(table).column(column),
    ),
  ])
  return statements.map((statement) => statement.compile().sql)
}

function createTable(
  writer: Writer,
  types: ColumnTypes,
  { table, columns, unique = [] }: TableDeclaration & { readonly table: string },
): Compilable {
  let create: CreateTableBuilder<string, string> = writer.schema
    .createTable(table)
    .ifNotExists()
    .addColumn('id', types.text, (column) => column.notNull().primaryKey())
  for (const [name, kind] of Object.entries(columns)) {
    const type = kind.startsWith('text') ? types.text : types.integer
    create = create.addColumn(name, type, (column) =>
      kind.endsWith('?') ? column : column.notNull(),
    )
  }
  for (const column of unique) {
    create = create.addUniqueConstraint(`${table}_${column}`, [column])
  }
  return create.modifyEnd(types.tableEnd)
}
