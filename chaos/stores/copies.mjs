/** What a copy of a row has in a column, in SQL: something of its own, what was said, or the same. */
export function copiedValue(name, changes, chance) {
  if (name === 'id') return chance
  const change = changes[name]
  if (change === undefined) return `sample.${name}`
  return typeof change === 'number' ? change : `'${change}'`
}
