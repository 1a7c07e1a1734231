import { describe, expect, it } from 'vitest'
import { parseSettings } from '../settings.ts'
import { namedResources, resourcesSettings } from './resources.ts'

const named = (settings: unknown) => namedResources(parseSettings(resourcesSettings, settings))

describe('The APIs of the settings', () => {
  it('are resources, byte for byte as they are written', () => {
    const api = {
      title: 'Notes',
      scopes: {
        'notes:read': { description: 'read your notes', risk: 'read' },
        'notes:write': 'write notes for you',
      },
      baseline: ['notes:read'],
    }
    expect(named({ 'https://api.example.com/notes': api })).toEqual([
      {
        resource: 'https://api.example.com/notes',
        name: 'Notes',
        scopes: [
          { scope: 'notes:read', description: 'read your notes', risk: 'read' },
          { scope: 'notes:write', description: 'write notes for you', risk: 'change' },
        ],
        baseline: ['notes:read'],
      },
    ])
  })

  it('are called by their host, and scopes by their names, where nobody said more', () => {
    expect(named({ 'http://localhost:4001/': { baseline: ['all'] } })).toEqual([
      {
        resource: 'http://localhost:4001/',
        name: 'localhost:4001',
        scopes: [{ scope: 'all', description: 'do what it calls all', risk: 'change' }],
        baseline: ['all'],
      },
    ])
  })

  it.each([
    'http://api.example.com/',
    'https://api.example.com/#notes',
    'https://API.example.com/',
    'https://user@api.example.com/',
    'urn:notes',
    'notes',
  ])('are not %s', (resource) => {
    expect(() => named({ [resource]: {} })).toThrow('must be an https URL')
  })
})
