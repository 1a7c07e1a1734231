/** INV-7: nobody is given anything of somebody else's. */

export const ownDataOnly = {
  id: 'INV-7',
  name: 'isolation',
  check({ operations }) {
    const given = operations.filter(
      ({ subject, owner }) => subject !== undefined && owner !== undefined,
    )
    const problems = given.flatMap(({ op, key, subject, owner, family }) => {
      if (subject !== owner) return [`${op} of ${key} gave ${subject} what is ${owner}’s`]
      return op === 'refresh' && family !== key ? [`refresh of ${key} answered for ${family}`] : []
    })
    return { looked: given.length, problems }
  },
}
