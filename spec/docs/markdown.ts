/** What can be wrong with a hand-written page: links to nowhere, code that is not the program's. */

import type { Tree } from '../house/tree.ts'

/** Whether a path of the project names a file or a folder. */
export type Exists = (path: string) => boolean

const FENCED = /^```[^\n]*\n[\s\S]*?^```$/gm

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')

const anchorsOf = (text: string): string[] =>
  [...text.replace(FENCED, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    anchorOf(heading),
  )

/** Relative links of the pages that lead nowhere. */
export function brokenLinks(pages: Tree, exists: Exists): string[] {
  return [...pages].flatMap(([path, text]) => {
    const prose = text.replace(FENCED, '').replace(/`[^`\n]*`/g, '')
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|href|srcset)="([^"]+)"/g)]
    return links
      .map(([, markdown, html]) => markdown ?? html ?? '')
      .filter((link) => !/^[a-z]+:/i.test(link))
      .filter((link) => !resolves(pages, exists, path, link))
      .map((link) => `${path}: ${link}`)
  })
}

function resolves(pages: Tree, exists: Exists, from: string, link: string): boolean {
  const [target = '', anchor] = link.split('#')
  const path = target === '' ? from : new URL(target, `file:///${from}`).pathname.slice(1)
  if (!exists(path)) return false
  const page = pages.get(path)
  return anchor === undefined || page === undefined || anchorsOf(page).includes(anchor)
}

const MARKED = /<!-- region: (\S+)#(\S+) -->\n+```\w*\n([\s\S]*?)^```$/gm

/** Code blocks marked as a region of a program that are not equal to it. */
export function staleRegions(pages: Tree, read: (path: string) => string | undefined): string[] {
  return [...pages].flatMap(([path, text]) =>
    [...text.matchAll(MARKED)].flatMap(([, file = '', name = '', shown]) => {
      const region = regionOf(read(file) ?? '', name)
      return region === shown ? [] : [`${path}: ${file}#${name} says\n${region ?? 'nothing'}`]
    }),
  )
}

/** Blocks of JavaScript or TypeScript that are not marked as a region, so that nothing runs them. */
export function unmarkedCode(pages: Tree): string[] {
  return [...pages].flatMap(([path, text]) =>
    [
      ...text.replace(MARKED, '').matchAll(/^```(?:js|mjs|jsx|ts|tsx|javascript|typescript)$/gm),
    ].map(() => `${path}: a block of code is no region of a program`),
  )
}

/** The lines between `#region name` and its `#endregion`, moved to the left edge. */
function regionOf(program: string, name: string): string | undefined {
  const lines = program.split('\n')
  const start = lines.findIndex((line) => line.trim().endsWith(`#region ${name}`))
  const length = lines.slice(start + 1).findIndex((line) => line.includes('#endregion'))
  if (start < 0 || length < 0) return undefined
  const region = lines.slice(start + 1, start + 1 + length)
  const indents = region.filter((line) => line !== '').map((line) => line.search(/\S/))
  const indent = Math.min(...indents)
  return region.map((line) => `${line.slice(indent)}\n`).join('')
}
