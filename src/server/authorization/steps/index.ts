/**
 * The steps of an interaction, in their order. One more is one more file and one more line here.
 *
 * @module
 */

import { consent } from './consent.ts'
import { hold } from './hold.ts'
import { login } from './login.ts'
import { refusal } from './refusal.ts'
import type { Step } from './step.ts'

/** Every step. A visit is at the first one that it needs; the last one gives the answer. */
export const steps: readonly Step[] = [login, refusal, hold, consent]
