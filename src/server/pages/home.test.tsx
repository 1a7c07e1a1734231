import { describe, expect, it } from 'vitest'
import { homePage } from './index.ts'

const context = { nonce: 'n', issuer: 'https://auth.example.com' }

describe('The home page', () => {
  it('names each resource and its address, escaped', async () => {
    const resources = [
      {
        resource: 'https://auth.example.com/mcp/files',
        name: '<b>Files',
        scopes: [],
        baseline: [],
      },
    ]
    const html = await homePage({ resources }, context).text()
    expect(html.replaceAll('<wbr/>', '')).toContain('https://auth.example.com/mcp/files')
    expect(html).toContain('&lt;b&gt;Files')
  })

  it('asks for nothing', async () => {
    const response = homePage({ resources: [] }, context)
    expect(response.headers.get('content-security-policy')).toContain("form-action 'none'")
    expect(await response.text()).not.toContain('<form')
  })
})
