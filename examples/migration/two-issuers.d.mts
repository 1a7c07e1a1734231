import type { Guard } from 'warder/guard'

/** Makes the guard that trusts the issuer, and the old login beside it. */
export function createNotesGuard(issuer: string): Guard
