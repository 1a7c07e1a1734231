/**
 * Nothing is half added: a plug-in is in the index beside it, a front door is in `exports`, and
 * what a front door exports says what it is.
 */

import { describe, expect, it } from 'vitest'
import { exportsOf } from './house/exports.ts'
import { houseOf } from './house/rules.ts'
import { read, sourcesBelow, type Tree } from './house/tree.ts'

/** The folders where one more of a kind is one file and one line. */
const pluginFolders = [
  'src/accounts/sign-in',
  'src/cli/commands',
  'src/client/client-auth',
  'src/client/flows',
  'src/client/profiles',
  'src/gateway/upstreams',
  'src/guard/bindings',
  'src/guard/credentials',
  'src/guard/rules',
  'src/journal/exports',
  'src/journal/signals',
  'src/server/authorization/checks',
  'src/server/authorization/steps',
  'src/server/client-auth',
  'src/server/endpoints',
  'src/server/grants',
  'src/store/sqlite/drivers',
]

/** The files of a plug-in folder that its index does not load, not even by way of a plug-in. */
function unregistered(tree: Tree, folder: string): string[] {
  const own = new Map([...tree].filter(([path]) => path.startsWith(`${folder}/`)))
  const house = houseOf(own)
  const reached = new Set<string>()
  const visit = (path: string, besidesTypes: boolean): void => {
    if (reached.has(path)) return
    reached.add(path)
    for (const { specifier, typeOnly } of house.get(path)?.imports ?? []) {
      if (!typeOnly || besidesTypes) visit(pathOf(path, specifier), true)
    }
  }
  // A line that exports only a type does not register what stands beside it.
  visit(`${folder}/index.ts`, false)
  return [...own.keys()].filter((path) => !reached.has(path) && !/\.test\.tsx?$/.test(path))
}

const pathOf = (from: string, specifier: string) =>
  specifier.startsWith('.') ? new URL(specifier, `file:///${from}`).pathname.slice(1) : specifier

/** Folders within a room that have a front door of their own. */
const nestedDoors = ['client/mcp', 'client/oauth1', 'guard/credentials']

/** The front doors as `package.json` names them, with the source each is built from. */
function frontDoors(tree: Tree): Record<string, string> {
  const doors: Record<string, string> = {}
  for (const path of tree.keys()) {
    const folder = path.match(/^src\/([\w/]+)\/index\.ts$/)?.[1]
    const room = folder?.includes('/') && !nestedDoors.includes(folder) ? undefined : folder
    const adapter = path.match(/^src\/adapters\/([\w-]+)\.ts$/)?.[1]
    if (path === 'src/index.ts') doors['.'] = path
    if (room !== undefined && room !== 'adapters' && room !== 'cli') doors[`./${room}`] = path
    if (adapter !== undefined) doors[`./${adapter}`] = path
  }
  return doors
}

const tree = sourcesBelow('src')
const doors = Object.entries(frontDoors(tree))

describe('The plug-in folders', () => {
  it('are seen at all', () => {
    expect(pluginFolders.filter((folder) => !tree.has(`${folder}/index.ts`))).toEqual([])
  })

  it.each(pluginFolders)('%s: every file is registered', (folder) => {
    expect(unregistered(tree, folder)).toEqual([])
  })

  it('src/store/sql/migrations: every numbered file is registered', () => {
    const forgotten = unregistered(tree, 'src/store/sql/migrations')
    expect(forgotten.filter((path) => /\/\d{4}-/.test(path))).toEqual([])
  })

  it('show a file that was forgotten', () => {
    const folder = 'src/server/grants'
    const planted = new Map([
      [`${folder}/index.ts`, "import './refresh.ts'\nimport type {} from './forgotten.ts'"],
      [`${folder}/refresh.ts`, "import type {} from './grant.ts'"],
      [`${folder}/refresh.test.ts`, "import './forgotten.ts'"],
      [`${folder}/grant.ts`, ''],
      [`${folder}/forgotten.ts`, ''],
    ])
    expect(unregistered(planted, folder)).toEqual([`${folder}/forgotten.ts`])
  })
})

describe('The front doors', () => {
  it('are the exports of package.json', () => {
    const built = (path: string, ending: string) =>
      path.replace('src/', './dist/').replace(/\.ts$/, ending)
    const expected = doors.map(([name, path]) => [
      name,
      { types: built(path, '.d.ts'), default: built(path, '.js') },
    ])
    const { exports } = JSON.parse(read('package.json'))
    expect(exports).toEqual({
      ...Object.fromEntries(expected),
      './package.json': './package.json',
    })
  })

  it.each(doors)('%s exports nothing without a doc comment', (_, path) => {
    const bare = exportsOf(tree, path).filter(({ doc }) => doc === undefined)
    expect(bare.map(({ path, name }) => `${path}: ${name}`)).toEqual([])
  })

  it.each(doors)('%s says @throws of what throws', (_, path) => {
    const silent = exportsOf(tree, path).filter(
      ({ doc = '', throws }) => throws && !doc.includes('@throws'),
    )
    expect(silent.map(({ path, name }) => `${path}: ${name}`)).toEqual([])
  })
})

describe('The scan of the exports', () => {
  const planted = new Map([
    [
      'src/index.ts',
      "export * from './a.ts'\nexport { b as c } from './b.ts'\nimport { d } from './b.ts'\nexport { d }",
    ],
    ['src/a.ts', '/** @module */\n\nexport const bare = 1\n/** Says. */\nexport type Said = 1'],
    [
      'src/b.ts',
      '/** Throws. */\nexport function b() { if (1) throw new Error() }\n' +
        '/** Does not. */\nexport const d = () => { const inner = () => { throw new Error() } }',
    ],
  ])

  it('follows re-exports and sees what is bare and what throws', () => {
    const found = exportsOf(planted, 'src/index.ts')
    expect(found.map(({ name, doc, throws }) => [name, doc !== undefined, throws])).toEqual([
      ['bare', false, false],
      ['Said', true, false],
      ['c', true, true],
      ['d', true, false],
    ])
  })
})
