/**
 * The house rules: each is a function from the modules to the faults it found, so that a fault
 * planted in memory shows that the rule can see.
 */

import { type Room, roomOf, rooms } from './floors.ts'
import { COMPUTED, type Module, readModule } from './module.ts'
import type { Tree } from './tree.ts'

/** The modules by path. */
export type House = ReadonlyMap<string, Module>

/** A house rule: says what is wrong, one line a fault. */
export type Rule = (house: House) => string[]

/** Reads all files. */
export const houseOf = (tree: Tree): House =>
  new Map([...tree].map(([path, source]) => [path, readModule(path, source)]))

const isTest = (path: string) => /\.test\.tsx?$/.test(path)

/** The path an import of our own points at; nothing for a package. */
function targetOf(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return new URL(specifier, `file:///${from}`).pathname.slice(1)
}

const isPackage = (specifier: string) =>
  !specifier.startsWith('.') && !specifier.startsWith('node:')

/** Where something is allowed: a file, or a room with a slash at its end; and why. */
export type Allowance = Readonly<Record<string, string>>

const allows = (allowance: Allowance, path: string) =>
  Object.keys(allowance).some((place) =>
    place.endsWith('/') ? path.startsWith(place) : path === place,
  )

/** Every file stands in a room that the table knows. */
export const place: Rule = (house) =>
  [...house.keys()]
    .filter((path) => roomOf(path) === undefined)
    .map((path) => `${path}: no such room in spec/house/floors.ts`)

/** Imports name a file that exists, with its extension, and never warder by its public name. */
export const resolution =
  (computed: Allowance): Rule =>
  (house) =>
    [...house.values()].flatMap(({ path, imports }) =>
      imports.flatMap(({ specifier }) => {
        const target = targetOf(path, specifier)
        if (target !== undefined && !house.has(target)) return [`${path}: no file at ${specifier}`]
        if (/^warder(\/|$)/.test(specifier)) return [`${path}: inside, import the file, not warder`]
        if (specifier !== COMPUTED || allows(computed, path)) return []
        return [`${path}: a module name must be a literal`]
      }),
    )

/** Every import runs down, stays in its room, or is one the table allows. */
export const floors: Rule = (house) =>
  [...house.values()].flatMap(({ path, imports }) =>
    imports.flatMap(({ specifier }) => {
      const target = targetOf(path, specifier)
      const from = roomOf(path)
      const to = target === undefined ? undefined : roomOf(target)
      if (from === undefined || to === undefined || from === to || to === 'hall') return []
      if (rooms[from]?.mayImport.includes(to)) return []
      // Edge cases beside the source may use the tools made for tests.
      if (isTest(path) && to === 'testing') return []
      return [`${path}: ${from} may not import ${to} (${specifier})`]
    }),
  )

/** The table itself: down, or sideways where it says so without a circle. */
export const table = (rooms: Readonly<Record<string, Room>>): string[] =>
  Object.entries(rooms).flatMap(([name, { floor, mayImport }]) =>
    mayImport.flatMap((other) => {
      const below = rooms[other]
      if (below === undefined) return [`${name}: no room ${other}`]
      if (below.floor > floor) return [`${name}: ${other} is a floor above`]
      return below.mayImport.includes(name) ? [`${name} and ${other} import each other`] : []
    }),
  )

/** No file needs itself to be understood. Types count: a circle of types is one idea in two files. */
export const cycles: Rule = (house) => {
  const done = new Set<string>()
  const faults: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at !== -1) faults.push([...trail.slice(at), path].join(' -> '))
    if (at !== -1 || done.has(path)) return
    for (const { specifier } of house.get(path)?.imports ?? []) {
      const target = targetOf(path, specifier)
      if (target !== undefined) visit(target, [...trail, path])
    }
    done.add(path)
  }
  for (const path of house.keys()) visit(path, [])
  return faults
}

/** `node:` modules only where they are named, because the rest runs on any platform. */
export const nodeOnly =
  (allowance: Allowance): Rule =>
  (house) =>
    [...house.values()]
      .filter(({ path }) => !isTest(path) && !allows(allowance, path))
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ specifier }) => specifier.startsWith('node:'))
          .map(({ specifier }) => `${path}: ${specifier} is not for this file`),
      )

/** Time, chance, timers, network and environment only where they are named. */
export const reaching =
  (allowances: Readonly<Record<string, Allowance>>): Rule =>
  (house) =>
    [...house.values()]
      .filter(({ path }) => !isTest(path))
      .flatMap(({ path, reaches }) =>
        [...reaches]
          .filter((name) => !allows(allowances[name] ?? {}, path))
          .map((name) => `${path}: ${name} must come in through a parameter`),
      )

/** Every allowance is used; one that is not is deleted. */
export const unusedAllowances =
  (allowance: Allowance, used: (module: Module) => boolean): Rule =>
  (house) =>
    Object.keys(allowance)
      .filter(
        (place) =>
          ![...house.values()].some(
            (module) =>
              allows({ [place]: '' }, module.path) && !isTest(module.path) && used(module),
          ),
      )
      .map((place) => `${place} needs no allowance any more`)

/** What an entry loads when the program runs stays within a list of packages. */
export const light =
  (entry: string, packages: readonly string[]): Rule =>
  (house) => {
    const loaded = loadedBy(house, entry)
    return [...loaded].flatMap(([specifier, path]) =>
      packages.includes(specifier) ? [] : [`${path}: ${entry} must not load ${specifier}`],
    )
  }

/** The packages and `node:` modules that an entry loads, each with a file that asks for it. */
function loadedBy(house: House, entry: string): ReadonlyMap<string, string> {
  const loaded = new Map<string, string>()
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const { specifier, typeOnly } of house.get(path)?.imports ?? []) {
      if (typeOnly) continue
      const target = targetOf(path, specifier)
      if (target === undefined) loaded.set(specifier, path)
      else visit(target)
    }
  }
  visit(entry)
  return loaded
}

/** No drawers: a file is named for the one thing in it. */
export const drawers: Rule = (house) =>
  [...house.keys()]
    .filter((path) => /\/(utils?|helpers?|common|misc|shared|lib|stuff)(\/|\.)/.test(path))
    .map((path) => `${path}: name it for what is in it`)

/** No file is too long to be read at one sitting. */
export const size =
  (most: number): Rule =>
  (house) =>
    [...house.values()]
      .filter(({ path, lines }) => lines > most && !isTest(path))
      .map(({ path, lines }) => `${path}: ${lines} lines, at most ${most}`)

/** Packages by the room that imports them, in files that ship. */
export function packagesByRoom(house: House): ReadonlyMap<string, ReadonlySet<string>> {
  const used = new Map<string, Set<string>>()
  for (const { path, imports } of house.values()) {
    if (isTest(path)) continue
    for (const { specifier } of imports) {
      if (!isPackage(specifier)) continue
      const name = specifier.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? specifier
      const room = roomOf(path) ?? path
      used.set(name, (used.get(name) ?? new Set<string>()).add(room === 'hall' ? path : room))
    }
  }
  return used
}
