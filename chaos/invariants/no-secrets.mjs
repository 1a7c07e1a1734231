/** INV-11: no secret is in what is kept or logged. */

export const noSecrets = {
  id: 'INV-11',
  name: 'no secret at rest or in logs',
  check({ leaks, searched = 0 }) {
    if (leaks === undefined) return { looked: 0, problems: [] }
    const problems = leaks.map(({ canary, file }) => `secret ${canary} is in ${file}`)
    return { looked: searched, problems }
  },
}
