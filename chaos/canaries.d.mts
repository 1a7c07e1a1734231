/** The places in the list of the secrets that stand in the file, which is read in pieces of so many bytes. */
export function canariesIn(file: string, canaries: readonly string[], piece?: number): number[]
