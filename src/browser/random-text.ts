/**
 * Chance and bytes as text, with what every browser has.
 *
 * @module
 */

import { base64url } from 'jose'
import type { Platform } from '../platform.ts'

/** 256 bits of chance in base64url. */
export const randomText = ({ random }: Platform): string => base64url.encode(random(32))
