/** INV-9: what a crowd took is given back. */

export const bounded = {
  id: 'INV-9',
  name: 'bounded',
  check({ usage = [] }) {
    const problems = usage
      .filter(({ after, most }) => after > most)
      .map(
        ({ name, before, after, most }) => `${name} went from ${before} to ${after}, above ${most}`,
      )
    return { looked: usage.length, problems }
  },
}
