import type { Platform } from '../platform.ts'
import type { Vault } from '../vault/index.ts'

export function csrfToken(
  _vault: Vault,
  _platform: Pick<Platform, 'random'>,
  _sessionValue: string,
  _interactionId: string,
): string {
  throw new Error('csrfToken')
}

export function csrfMatches(
  _vault: Vault,
  _token: string | undefined,
  _sessionValue: string,
  _interactionId: string,
): boolean {
  throw new Error('csrfMatches')
}
