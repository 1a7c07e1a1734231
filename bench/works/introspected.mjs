/** Letting in an opaque token whose introspection was answered a moment ago, 500 different ones in turn. */

import { measureOperations } from '../operations/index.mjs'

const warder = { operation: 'introspection/warder' }

const contestants = [
  { name: 'limit', title: 'the limit', operation: 'introspection/limit' },
  { ...warder, name: 'warder', title: 'Warder’s check' },
  { ...warder, name: 'warder-guard', title: 'Warder’s guard', given: { whole: true } },
]

export const introspected = {
  name: 'introspected',
  title: 'Opaque tokens at a guard, introspected a moment ago',
  kind: 'operations',
  run: (plan) => measureOperations(contestants, plan),
}
