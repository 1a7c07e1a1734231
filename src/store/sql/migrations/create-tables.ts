/**
 * Creates tables from a declaration of their columns, so that a migration is data.
 *
 * @module
 */

import type { CreateTableBuilder } from 'kysely'
import type { ColumnTypes, Database } from '../dialect.ts'

/** A table besides its key, the text column `id`. Names are SQL's; `?` is a column that may be null. */
export interface TableDeclaration {
  readonly columns: Readonly<Record<string, 'text' | 'integer' | 'text?' | 'integer?'>>
  readonly unique?: readonly string[]
  readonly indexed?: readonly string[]
}

/** Tables by name. */
export type TableDeclarations = Readonly<Record<string, TableDeclaration>>

/** Creates tables and their indexes. */
export async function createTables(
  db: Database,
  types: ColumnTypes,
  declarations: TableDeclarations,
): Promise<void> {
  for (const [table, declaration] of Object.entries(declarations)) {
    await createTable(db, types, { table, ...declaration })
    for (const column of declaration.indexed ?? []) {
      await db.schema.createIndex(`${table}_${column}`).on(table).column(column).execute()
    }
  }
}

async function createTable(
  db: Database,
  types: ColumnTypes,
  { table, columns, unique = [] }: TableDeclaration & { readonly table: string },
): Promise<void> {
  let create: CreateTableBuilder<string, string> = db.schema
    .createTable(table)
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
  await create.modifyEnd(types.tableEnd).execute()
}
