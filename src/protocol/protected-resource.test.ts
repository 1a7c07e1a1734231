import { expect, it } from 'vitest'
import { type ProtectedResource, scopeHierarchy } from './protected-resource.ts'
import { missingScopes } from './scope.ts'

const files: ProtectedResource = {
  resource: 'https://mcp.test/files',
  name: 'Files',
  scopes: [
    { scope: 'files:read', description: 'read', risk: 'read' },
    { scope: 'files:all', description: 'all', risk: 'delete', includes: ['files:read'] },
  ],
  baseline: ['files:read'],
}

it('A scope that includes another is enough for it, and not the other way round', () => {
  const hierarchy = scopeHierarchy(files)
  expect(missingScopes(['files:read'], ['files:all'], hierarchy)).toEqual([])
  expect(missingScopes(['files:all'], ['files:read'], hierarchy)).toEqual(['files:all'])
})
