/**
 * Builds of the product for the harness alone: the compiled files, changed at named places.
 *
 * The product itself has no failpoint and no switch that could be left on. A test build has calls put
 * in where a process may die at the worst moment (`failpoints`), or one line of it is broken on purpose
 * (`plants`), to show that a scenario would notice. A place that is not found exactly once is an error,
 * so that a change of the product cannot quietly disarm the harness.
 */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const hook = (name) => `await globalThis.failpoint('${name}')`

/** Where a process can be made to end or to wait, by name. */
const failpoints = [
  {
    file: 'server/endpoints/token.js',
    find: 'if (await context.store.write(all, events))\n            return authorization;',
    put: `${hook('before_cas')};
        const written = await context.store.write(all, events);
        ${hook('after_commit')};
        if (written)
            return authorization;`,
  },
  {
    file: 'server/endpoints/token.js',
    find: 'const { event } = continueFlow(exchange, correlationId, context);',
    put: `globalThis.failpoint('after_sign');
    $&`,
  },
  {
    file: 'server/endpoints/token.js',
    find: 'return new JsonAnswer(body);',
    put: `globalThis.failpoint('before_response');
    $&`,
  },
  {
    file: 'store/sqlite/group.js',
    find: "connection.exec('commit');",
    put: `globalThis.failpoint('after_cas');
        $&`,
  },
  {
    // One statement is its own transaction here; the process ends with the statement on its way.
    file: 'store/postgres/engine.js',
    find: 'const { rows } = await this.#query(client, statement);\n            return rows[0]',
    put: `const answer = this.#query(client, statement);
            globalThis.failpoint('after_cas');
            const { rows } = await answer;
            return rows[0]`,
  },
  {
    file: 'store/sql/migrations/migrate.js',
    find: 'const taken = await engine.transact([',
    put: `globalThis.failpoint('migration_step');
        $&`,
  },
]

/** Time that the harness sets, and what is as short as it runs fast. */
const clock = [
  {
    file: 'platform.js',
    find: 'now: () => Date.now()',
    put: 'now: () => globalThis.testClock.now()',
  },
  {
    file: 'server/tokens/signing-keys/follow-keys.js',
    find: 'FOLLOW_EVERY = 5_000;',
    put: 'FOLLOW_EVERY = 5_000 / globalThis.testClock.scale;',
  },
]

/** Faults that the scenarios must notice. */
const plants = {
  'code-twice': {
    file: 'server/grants/authorization-code.js',
    edits: [
      ['usedAt: null, expiresAt: { above: now } }', 'expiresAt: { above: now } }'],
      [
        "insert('families', family)",
        "insert('families', { ...family, id: context.vault.hash('canary', String(performance.now()), String(process.pid)).slice(0, 22) })",
      ],
      ['if (code.usedAt !== null)', 'if (false)'],
    ],
  },
  'refresh-without-generation': {
    file: 'server/grants/refresh-token.js',
    edits: [['generation: family.generation,\n                clientId', 'clientId']],
  },
  'refresh-after-revocation': {
    file: 'server/grants/refresh-token.js',
    edits: [
      ['revokedAt: null,\n', ''],
      ['if (family.revokedAt !== null)', 'if (false)'],
    ],
  },
  'retry-is-reuse': {
    file: 'server/grants/refresh-token.js',
    edits: [['generation === family.generation - 1 &&', 'false &&']],
  },
  'replays-forgotten': {
    file: 'server/client-auth/private-key-jwt.js',
    edits: [['return (await isFirst(claims, client, context))', 'return true']],
  },
  'device-twice': {
    file: 'server/grants/device-code.js',
    edits: [
      ["state: 'approved', expiresAt", 'expiresAt'],
      ["if (code.state === 'redeemed')", 'if (false)'],
      [
        "insert('families', family)",
        "insert('families', { ...family, id: context.vault.hash('canary', String(performance.now()), String(process.pid)).slice(0, 22) })",
      ],
    ],
  },
}

/**
 * Compiles the product into a folder of its own, where no other build is in the way.
 *
 * @param at A commit; the files as they are now, unless told.
 */
export function build(folder, { at } = {}) {
  mkdirSync(folder, { recursive: true })
  const sources = ['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json']
  const tar = at === undefined ? ['tar', '-c'] : ['git', 'archive', at]
  run('sh', ['-c', '"$@" | tar -x -C "$0"', folder, ...tar, ...sources], root)
  run(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], folder)
  return folder
}

function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${args.join(' ')} failed: ${error ?? ''}${stdout}${stderr}`)
}

/** A copy of a build with failpoints in it and, if told, a planted fault. */
export function testBuild(from, folder, { plant } = {}) {
  cpSync(from, folder, { recursive: true })
  for (const { file, find, put } of [...failpoints, ...clock])
    edit(join(folder, 'dist', file), find, put)
  if (plant !== undefined) {
    const { file, edits } = plants[plant]
    for (const [find, put] of edits) edit(join(folder, 'dist', file), find, put)
  }
  const main = join(folder, 'dist/cli/main.js')
  const runtime = join(root, 'chaos/failpoint-runtime.mjs')
  const [first, ...rest] = readFileSync(main, 'utf8').split('\n')
  writeFileSync(main, [first, `import ${JSON.stringify(runtime)}`, ...rest].join('\n'))
  return folder
}

/** A copy of a build that is the next release: it has one more migration, which adds a column. */
export function withMigration(from, folder) {
  cpSync(from, folder, { recursive: true })
  const migrations = join(folder, 'dist/store/sql/migrations')
  const added = `export const chaos = {
    name: '9999-chaos',
    statements: (writer) => [writer.schema.alterTable('users').addColumn('chaos_note', 'text').compile().sql],
  }\n`
  writeFileSync(join(migrations, '9999-chaos.js'), added)
  const index = join(migrations, 'index.js')
  edit(index, 'export const migrations = [', "import { chaos } from './9999-chaos.js';\n$&")
  edit(index, '];', ', chaos];')
  return folder
}

function edit(file, find, put) {
  const text = readFileSync(file, 'utf8')
  const found = text.split(find).length - 1
  if (found !== 1) {
    throw new Error(
      `${file} has this ${found} times, not once; mend chaos/test-build.mjs:\n${find}`,
    )
  }
  writeFileSync(
    file,
    text.replace(find, () => put.replaceAll('$&', find)),
  )
}
