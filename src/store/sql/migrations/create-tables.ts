/**
 * Creates tables from a declaration of their columns, so that a migration is data.
 *
 * @module
 */

import { type Compilable, type CreateTableBuilder, sql } from 'kysely'
import type { ColumnTypes, Writer } from '../dialect.ts'

/** A table besides its key, the text column `id`. Names are SQL's; `?` is a column that may be null. */
export interface TableDeclaration {
  readonly columns: Readonly<Record<string, 'text' | 'integer' | 'text?' | 'integer?'>>
  readonly unique?: readonly string[]
  readonly indexed?: readonly string[]
  /**
   * The column by which it is kept in parts, where the database can. A key is then taken only where
   * that column has the same value, so this is for rows whose keys never repeat.
   */
  readonly partedBy?: string
}

/** Tables by name. */
export type TableDeclarations = Readonly<Record<string, TableDeclaration>>

/** The SQL that creates tables and their indexes. */
export function createTables(
  writer: Writer,
  types: ColumnTypes,
  declarations: TableDeclarations,
): readonly string[] {
  return Object.entries(declarations).flatMap(([table, declaration]) => {
    const { indexed = [], partedBy } = declaration
    const create = createTable(writer, types, { table, ...declaration })
    const indexes = indexed.map((column) =>
      writer.schema.createIndex(`${table}_${column}`).ifNotExists().on(table).column(column),
    )
    const statements = [create, ...indexes].map((statement) => statement.compile().sql)
    if (partedBy === undefined || !types.parts) return statements
    return [
      ...statements,
      `create table if not exists "${table}_rest" partition of "${table}" default`,
    ]
  })
}

function createTable(
  writer: Writer,
  types: ColumnTypes,
  { table, columns, unique = [], partedBy }: TableDeclaration & { readonly table: string },
): Compilable {
  const part = types.parts ? partedBy : undefined
  let create: CreateTableBuilder<string, string> = writer.schema
    .createTable(table)
    .ifNotExists()
    .addColumn('id', types.text, (column) =>
      part === undefined ? column.notNull().primaryKey() : column.notNull(),
    )
  for (const [name, kind] of Object.entries(columns)) {
    const type = kind.startsWith('text') ? types.text : types.integer
    create = create.addColumn(name, type, (column) =>
      kind.endsWith('?') ? column : column.notNull(),
    )
  }
  for (const column of unique) {
    create = create.addUniqueConstraint(`${table}_${column}`, [column])
  }
  if (part === undefined) return create.modifyEnd(types.tableEnd)
  return create
    .addPrimaryKeyConstraint(`${table}_pkey`, ['id', part])
    .modifyEnd(sql`partition by range (${sql.ref(part)})`)
}
