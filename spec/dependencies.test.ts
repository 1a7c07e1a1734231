/** What Warder brings along: each package has its reason, runs on the oldest Node and runs nothing at install. */

import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { houseOf, packagesByRoom } from './house/rules.ts'
import { read, root, sourcesBelow } from './house/tree.ts'

/** The oldest Node that `engines` of package.json allows. */
const OLDEST_NODE = [20, 19, 0] as const

const PERMISSIVE = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD']

interface Locked {
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
  readonly license?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly engines?: { readonly node?: string }
}

const manifest: { dependencies: Record<string, string>; engines: { node: string } } = JSON.parse(
  read('package.json'),
)
const lock: { packages: Record<string, Locked> } = JSON.parse(read('package-lock.json'))
const shipped = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && !dev)

/**
 * Whether a range of `engines` lets a version run.
 *
 * @throws {Error} for a form that it does not know, so that nothing passes unread.
 */
function allows(range: string, version: readonly [number, number, number]): boolean {
  return range.split('||').some((part) => {
    const form = /^(>=|\^|~)?\s*v?(\d+)(?:\.(\d+|x))?(?:\.(\d+|x))?$/.exec(part.trim())
    if (form === null) throw new Error(`Cannot read the engines range “${range}”.`)
    const [, operator, ...numbers] = form
    const least = numbers.map((number) => Number(number ?? 0) || 0)
    const difference = version.map((number, i) => number - (least[i] ?? 0)).find((d) => d !== 0)
    const sameMajor = version[0] === least[0]
    return (difference ?? 0) >= 0 && (operator === '>=' || sameMajor)
  })
}

describe('Each runtime dependency', () => {
  const sections = new Map(
    read('docs/dependencies.md')
      .split(/^## /m)
      .map((section) => [section.split('\n')[0]?.replaceAll('`', '') ?? '', section]),
  )
  const used = packagesByRoom(houseOf(sourcesBelow('src')))

  it.each(Object.keys(manifest.dependencies))(
    '%s has its reasons in docs/dependencies.md',
    (name) => {
      const section = sections.get(name) ?? ''
      for (const question of ['Why it is there', 'Writing it ourselves', 'It may not']) {
        expect(section).toMatch(new RegExp(`^- \\*\\*${question}[.:]\\*\\* \\S`, 'm'))
      }
    },
  )

  it.each(Object.keys(manifest.dependencies))('%s is used where its section says', (name) => {
    const [, rooms = ''] = /^- \*\*Used by:\*\* (.*)$/m.exec(sections.get(name) ?? '') ?? []
    const named = [...rooms.matchAll(/`([^`]+)`/g)].map(([, room]) => room)
    expect(named).not.toEqual([])
    expect(named).toEqual([...(used.get(name) ?? [])].sort())
  })
})

describe('Everything that is installed with Warder', () => {
  it('is seen at all', () => {
    expect(shipped.length).toBeGreaterThan(Object.keys(manifest.dependencies).length)
  })

  it('runs nothing when it is installed', () => {
    const declared = shipped.filter(([, { hasInstallScript }]) => hasInstallScript)
    const onDisk = shipped.filter(([path]) => {
      if (!existsSync(`${root}${path}/package.json`)) return false
      const { scripts = {} } = JSON.parse(read(`${path}/package.json`))
      const hooks = ['preinstall', 'install', 'postinstall'].filter((hook) => hook in scripts)
      // npm builds what has a binding.gyp even if no script says so.
      return hooks.length > 0 || existsSync(`${root}${path}/binding.gyp`)
    })
    expect([...declared, ...onDisk].map(([path]) => path)).toEqual([])
  })

  it('runs on the oldest Node that Warder promises', () => {
    expect(manifest.engines.node).toBe('>=20.19')
    const newer = shipped.filter(([, { engines }]) => !allows(engines?.node ?? '>=0', OLDEST_NODE))
    expect(newer.map(([path]) => path)).toEqual([])
  })

  it('has a permissive licence', () => {
    const other = shipped.filter(([, { license = 'none' }]) => !PERMISSIVE.includes(license))
    expect(other.map(([path, { license }]) => `${path}: ${license}`)).toEqual([])
  })
})

describe('The lock', () => {
  it('has every package that it speaks of, for other platforms too, or npm ci refuses it', () => {
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => {
        const nested = `${path}/node_modules/${name}`
        return !(nested in lock.packages || `node_modules/${name}` in lock.packages)
      }),
    )
    expect(missing).toEqual([])
  })
})

describe('The reading of engines', () => {
  it.each([
    ['>=20', true],
    ['>= 10.x', true],
    ['>=20.19.0', true],
    ['^20.19.0 || >=22.12.0', true],
    ['20 || >=22', true],
    ['>=20.20', false],
    ['>=22', false],
    ['^18.0.0 || ^22', false],
  ])('%s: %s', (range, expected) => {
    expect(allows(range, OLDEST_NODE)).toBe(expected)
  })
})
