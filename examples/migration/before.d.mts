import type { Express } from 'express'

/** Signs tokens for whoever has signed in. */
export function signToken(user: { readonly id: string; readonly role: string }): string

/** Makes the app. */
export function createApp(): Express
