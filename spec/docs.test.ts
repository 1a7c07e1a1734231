/** The documentation is true: generated pages are current, code is a program's, links lead somewhere. */

import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { seconds, secretReference } from '../src/settings.ts'
import { warderSettings } from '../src/warder.ts'
import { configurationPage, configurationSchema } from './docs/configuration.ts'
import { conformancePage, sectionsOf } from './docs/conformance.ts'
import { errorsPage } from './docs/errors.ts'
import { eventsPage } from './docs/events.ts'
import { brokenLinks, staleRegions, unmarkedCode } from './docs/markdown.ts'
import { floorsTable } from './house/floors.ts'
import { filesBelow, read, root, sourcesBelow } from './house/tree.ts'

/** Tests of the house say nothing about a document. */
const HOUSE = /^spec\/(architecture|dependencies|docs|registry)\.test\.ts$/

const tests = new Map(
  [...sourcesBelow('spec'), ...sourcesBelow('src')].filter(([path]) => path.endsWith('.test.ts')),
)
const specification = new Map(
  [...tests].filter(([path]) => /^spec\/[^/]+$/.test(path) && !HOUSE.test(path)),
)

const configuration = () =>
  configurationPage(
    warderSettings,
    'The settings of `warder.config.json` and of `createWarder`. Unknown names are refused with the ' +
      'nearest known one. A secret is never written here but referred to: `{ "env": "NAME" }` or ' +
      '`{ "file": "/run/secrets/name" }`. `NAME` stands for a name that you choose. There is no ' +
      'setting where OAuth 2.1 leaves no choice.\n\nEditors complete and check the file if it begins ' +
      'with `"$schema": "./node_modules/warder/docs/warder.schema.json"`.',
  )

/** A page with the table of floors between its marks. */
const withFloors = (page: string, floors: string): string =>
  page.replace(/(<!-- floors.*-->\n\n)[\s\S]*?(\n\n<!-- \/floors -->)/, `$1${floors}$2`)

describe('The generated pages are current (`npm run docs` mends them)', () => {
  it.each([
    ['docs/errors.md', errorsPage],
    ['docs/events.md', eventsPage],
    ['docs/conformance.md', () => conformancePage(specification, tests)],
    ['docs/configuration.md', configuration],
    ['docs/warder.schema.json', () => configurationSchema(warderSettings)],
    ['docs/architecture.md', () => withFloors(read('docs/architecture.md'), floorsTable())],
  ])('%s', async (path, generate) => {
    await expect(generate()).toMatchFileSnapshot(root + path)
  })
})

describe('Every setting', () => {
  it('says what it does', () => {
    expect(configuration().match(/^.*\| {2}\|$/gm)).toBeNull()
  })
})

describe('The hand-written pages', () => {
  const paths = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CHANGELOG.md',
    ...filesBelow('docs'),
  ]
  const pages = new Map(
    paths
      .filter((path) => path.endsWith('.md') && existsSync(root + path))
      .map((path) => [path, read(path)]),
  )

  it('link to what is there', () => {
    expect(brokenLinks(pages, (path) => existsSync(root + path))).toEqual([])
  })

  it('show code as the programs in examples/ have it', () => {
    const program = (path: string) => (existsSync(root + path) ? read(path) : undefined)
    expect(staleRegions(pages, program)).toEqual([])
    expect(unmarkedCode(pages)).toEqual([])
  })
})

describe('The generators', () => {
  it('render a schema: type, default, bounds, reason', () => {
    const settings = z.strictObject({
      issuer: z.url().describe('Who we are.'),
      key: secretReference.optional(),
      ttl: z
        .strictObject({ code: seconds({ min: 10, max: 600 }).default(60).describe('Life.') })
        .prefault({})
        .describe('Lives.'),
      mcp: z.record(
        z.string(),
        z.union([
          z.strictObject({ url: z.url().describe('Where.') }),
          z.strictObject({ command: z.array(z.string()).min(1).describe('What to run.') }),
        ]),
      ),
    })
    expect(configurationPage(settings, 'Settings.').split('\n').slice(6)).toEqual([
      '| setting | type | default | what it does |',
      '| --- | --- | --- | --- |',
      '| `issuer` | uri | required | Who we are. |',
      '| `key` | secret by reference | – | A reference to a secret: { "env": "NAME" } or { "file": "/path" }. |',
      '',
      '## `ttl`',
      '',
      'Lives.',
      '',
      '| setting | type | default | what it does |',
      '| --- | --- | --- | --- |',
      '| `ttl.code` | seconds, 10 to 600 | `60` | Life. |',
      '',
      '## `mcp`',
      '',
      '| setting | type | default | what it does |',
      '| --- | --- | --- | --- |',
      '| `mcp.NAME.url` | uri | one of these | Where. |',
      '| `mcp.NAME.command` | list of text (at least 1) | one of these | What to run. |',
      '',
    ])
  })

  it('put the floors between their marks', () => {
    const page = 'a\n\n<!-- floors -->\n\nold\n\nolder\n\n<!-- /floors -->\n\nb'
    expect(withFloors(page, 'new')).toBe('a\n\n<!-- floors -->\n\nnew\n\n<!-- /floors -->\n\nb')
  })

  it('read the names of tests as a specification', () => {
    const source = `
      describe('RFC 1', () => {
        it('§1 MUST', () => { it_is('nothing') })
        it.each(rows)('RU-02 refuses %s', () => {})
        it.each(rows)('%s', () => {})
        describe('inside', () => { it(\`\${id} holds\`, () => {}) })
      })`
    expect(sectionsOf('a.test.ts', source)).toEqual([
      { title: 'RFC 1', sentences: ['§1 MUST', 'RU-02 refuses …'] },
      { title: 'RFC 1: inside', sentences: ['… holds'] },
    ])
  })

  it('see a link to nowhere', () => {
    const pages = new Map([
      ['a.md', '# A b!\n[1](b.md) [2](#a-b) [3](c.md) [4](#b) [5](b.md#x) [6](https://a.test)'],
      ['b.md', '`[7](no.md)`\n```\n[8](no.md)\n# x\n```\n'],
    ])
    const broken = brokenLinks(pages, (path) => pages.has(path))
    expect(broken).toEqual(['a.md: c.md', 'a.md: #b', 'a.md: b.md#x'])
  })

  it('see code that is not the program any more', () => {
    const shown = (name: string) =>
      `<!-- region: a.mjs#${name} -->\n\`\`\`js\nif (a) {\n  b()\n}\n\`\`\`\n`
    const program =
      '// #region x\n  if (a) {\n    b()\n  }\n// #endregion\n// #region y\n// #endregion'
    const pages = new Map([['a.md', shown('x') + shown('y') + shown('z')]])
    expect(staleRegions(pages, () => program)).toHaveLength(2)
    expect(unmarkedCode(pages)).toEqual([])
    expect(unmarkedCode(new Map([['a.md', '```ts\nb()\n```']]))).toHaveLength(1)
  })
})
