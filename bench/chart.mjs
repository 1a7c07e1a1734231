/**
 * What guards cost, drawn: one bar for each, as long as the processor time that it takes, in times of
 * the limit's.
 *
 * As narrow as a telephone, so that its letters can be read there; light and dark as the reader's page.
 */

/** Everything in units of the drawing, which is shown at {@link SHOWN} pixels where there is room. */
const WIDTH = 400
const SHOWN = 520
const MARGIN = 16
const BARS_FROM = 196
const BARS_TO = 346
const LINE = 19
const BAR = 11

/** Where bars are cut off, in times of the limit. */
const MOST = 6

const style = `
  svg { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif }
  .page { fill: #fff; stroke: #d7dce2 }
  text { fill: #1f2733 }
  .title { font-size: 17px; font-weight: 650 }
  .section { font-size: 14px; font-weight: 650 }
  .quiet { fill: #5a6675 }
  .case { fill: #5a6675; font-size: 12px; font-weight: 600 }
  .ours { font-weight: 650 }
  .value { font-variant-numeric: tabular-nums }
  .bar { fill: #a9b3bf }
  .bar.ours { fill: #0b6e6e }
  .limit { stroke: #c2410c; stroke-width: 1.5; stroke-dasharray: 3 2 }
  .limit-name { fill: #b23a0a; font-size: 12px }
  .cut { stroke: #fff; stroke-width: 2.5; fill: none }
  @media (prefers-color-scheme: dark) {
    .page { fill: #12171e; stroke: #2c3540 }
    text { fill: #e3e8ee }
    .quiet, .case { fill: #9aa7b5 }
    .bar { fill: #566270 }
    .bar.ours { fill: #3fb8af }
    .limit { stroke: #fb923c }
    .limit-name { fill: #fb923c }
    .cut { stroke: #12171e }
  }`

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

const textAt = (x, y, text, { kind = '', anchor = 'start' } = {}) =>
  `<text x="${x}" y="${y}" class="${kind}" text-anchor="${anchor}">${escaped(text)}</text>`

const x = (times) => BARS_FROM + (Math.min(times, MOST) / MOST) * (BARS_TO - BARS_FROM)

/** What is drawn of each work: whose bars, in which cases. */
const sections = [
  {
    work: 'verify',
    title: 'Verify a token',
    isDrawn: (name) => !name.endsWith('seen before'),
    leaveOut: ['limit', 'warder-missed', 'warder-guard', 'fast-jwt-missed'],
  },
  {
    work: 'guard',
    title: 'Guard a request, RS256',
    isDrawn: (name) => name.endsWith('RS256'),
    leaveOut: ['bare', 'limit'],
    name: (name) => (name.startsWith('node') ? 'node:http' : name.replace(/, .*/, '')),
  },
  { work: 'apikeys', title: 'Check an API key, SQLite', leaveOut: ['limit'] },
]

/** The groups of bars of a section; none if its work was not measured. */
function groupsOf({ work, isDrawn = () => true, leaveOut, name = (own) => own }, works) {
  const { results = [] } = works[work] ?? {}
  const cases = [...new Set(results.map((each) => each.case))].filter(isDrawn)
  return cases.map((own) => ({
    name: name(own),
    bars: results
      .filter((each) => each.case === own && !leaveOut.includes(each.contestant))
      .map(({ contestant, title, ratioToLimit }) => ({
        title: title.replace('Warder’s check', 'Warder'),
        times: 1 / ratioToLimit,
        isOurs: contestant.startsWith('warder'),
      })),
  }))
}

function drawBar({ title, times, isOurs }, y) {
  const ours = isOurs ? 'ours' : ''
  const end = x(times)
  const middle = y + BAR / 2
  const cut =
    times > MOST ? `<path class="cut" d="M${end - 14} ${y + BAR + 2} l6 -${BAR + 4}"/>` : ''
  const value = `${times.toFixed(times >= 20 ? 0 : times >= 0.95 ? 1 : 2)} ×`
  return [
    textAt(BARS_FROM - 8, middle + 4.5, title, { kind: ours, anchor: 'end' }),
    `<rect class="bar ${ours}" x="${BARS_FROM}" y="${y}" width="${(end - BARS_FROM).toFixed(1)}" height="${BAR}" rx="1.5"/>`,
    cut,
    textAt(Math.max(end, x(1)) + 6, middle + 4.5, value, { kind: `value ${ours}` }),
  ].join('')
}

function drawGroup({ name, bars }, top) {
  const first = top + 8
  const parts = bars.map((bar, i) => drawBar(bar, first + i * LINE))
  const bottom = first + bars.length * LINE
  const at = x(1)
  return {
    bottom: bottom + 16,
    drawn: [
      textAt(MARGIN, top, name, { kind: 'case' }),
      ...parts,
      `<line class="limit" x1="${at}" x2="${at}" y1="${first - 4}" y2="${bottom - 4}"/>`,
    ],
  }
}

/**
 * Draws the works of a run.
 *
 * @returns The SVG; nothing if none of them was measured.
 */
export function chart({ node, works }) {
  const told = sections
    .map((section) => ({ ...section, groups: groupsOf(section, works) }))
    .filter(({ groups }) => groups.length > 0)
  if (told.length === 0) return undefined
  const drawn = [
    textAt(MARGIN, 32, 'What a check costs', { kind: 'title' }),
    textAt(MARGIN, 52, 'CPU time, in times of the least that would do', { kind: 'quiet' }),
    textAt(MARGIN, 69, `(“the limit”). Shorter is better. Node ${node}.`, { kind: 'quiet' }),
  ]
  let y = 100
  for (const { title, groups } of told) {
    drawn.push(
      textAt(MARGIN, y, title, { kind: 'section' }),
      textAt(x(1), y + 19, 'the limit', { kind: 'limit-name', anchor: 'middle' }),
    )
    y += 21
    for (const group of groups) {
      const { drawn: parts, bottom } = drawGroup(group, y)
      drawn.push(...parts)
      y = bottom
    }
    y += 12
  }
  const height = Math.round(y)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${SHOWN}" height="${Math.round((height * SHOWN) / WIDTH)}" role="img" aria-labelledby="title">
<title id="title">CPU time of checking tokens and API keys, in times of the limit</title>
<style>${style}
</style>
<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
${drawn.filter((part) => part !== '').join('\n')}
</svg>
`
}
