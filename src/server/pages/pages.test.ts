import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ConsentProps,
  consentPage,
  type DeviceCodeProps,
  type DeviceConsentProps,
  deviceCodePage,
  deviceConnectedPage,
  deviceConsentPage,
  deviceRefusedPage,
  donePage,
  type ElicitationProps,
  elicitationPage,
  elicitationStrangerPage,
  errorPage,
  interstitialPage,
  type LoginProps,
  loginPage,
  notOpenedPage,
} from './index.ts'

const context = { nonce: 'bm9uY2U', issuer: 'https://as.test' }
const now = Date.UTC(2026, 8, 14, 14, 5, 20)

const loginWith = (text: string): LoginProps => ({
  action: `/login?i=${text}`,
  csrf: text,
  clientName: text,
  clientHost: text,
  redirectUri: text,
  username: text,
  error: { code: text, message: text },
  passwordReset: '/reset',
})

const consentWith = (text: string): ConsentProps => ({
  action: `/consent?i=${text}`,
  csrf: text,
  account: text,
  client: { name: text, verified: false, source: { kind: 'document', clientId: text } },
  redirectUri: text,
  resource: { name: text, uri: text },
  scopes: [
    { description: text, risk: 'read' },
    { description: text, risk: 'spend' },
  ],
  lifetime: 2_592_000,
  startedAt: now - 120_000,
  now,
})

const deviceCodeWith = (text: string): DeviceCodeProps => ({
  action: `/device?user_code=${text}`,
  csrf: text,
  account: text,
  userCode: text,
  error: { code: text, message: text },
})

const deviceConsentWith = (text: string): DeviceConsentProps => {
  const { redirectUri: _, ...shared } = consentWith(text)
  return { ...shared, userCode: text, asked: { from: text, near: false } }
}

const elicitationWith = (text: string): ElicitationProps => ({
  action: `/elicitation?link=${text}`,
  csrf: text,
  account: text,
  resource: { name: text, uri: text },
  url: text,
  message: text,
})

const errorWith = (text: string) => ({
  status: 400,
  code: text,
  message: text,
  hint: text,
  correlationId: text,
})

/** Every page, with one text in every place that somebody else may fill. */
const pages = {
  login: (text: string) => loginPage(loginWith(text), context),
  consent: (text: string) => consentPage(consentWith(text), context),
  error: (text: string) => errorPage(errorWith(text), context),
  interstitial: (text: string) =>
    interstitialPage(
      { ...errorWith(text), clientName: text, continueTo: `https://evil.test/cb?state=${text}` },
      context,
    ),
  done: () => donePage(context),
  'device code': (text: string) => deviceCodePage(deviceCodeWith(text), context),
  'device consent': (text: string) => deviceConsentPage(deviceConsentWith(text), context),
  'device connected': () => deviceConnectedPage(context),
  'device refused': () => deviceRefusedPage(context),
  elicitation: (text: string) => elicitationPage(elicitationWith(text), context),
  'elicitation of somebody else': (text: string) =>
    elicitationStrangerPage(
      { action: `/elicitation?link=${text}`, csrf: text, account: text },
      context,
    ),
  'not opened': () => notOpenedPage(context),
}

const consent = (change: Partial<ConsentProps> = {}) =>
  consentPage({ ...consentWith('x'), redirectUri: 'https://web.test/cb', ...change }, context)

describe.each(Object.entries(pages))('the %s page', (_, page) => {
  it('RU-22 carries the security headers and loads nothing', async () => {
    const response = page('plain')
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    expect(response.headers.get('x-frame-options')).toBe('DENY')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    const elements = allElements(parseHtml(await response.text()))
    expect(elements.filter(({ tag }) => ['img', 'link', 'iframe'].includes(tag))).toEqual([])
    expect(elements.filter(({ attributes }) => attributes.has('src'))).toEqual([])
  })

  it('CN-06 has no inline style or handler, and marks what is its own with the nonce', async () => {
    const elements = allElements(parseHtml(await page('plain').text()))
    for (const { tag, attributes } of elements) {
      expect([...attributes.keys()].filter((name) => /^(on|style$)/.test(name))).toEqual([])
      if (tag === 'style' || tag === 'script') expect(attributes.get('nonce')).toBe('bm9uY2U')
    }
  })

  it.each([
    '<script>alert(1)</script>',
    '</title></style><img src=x onerror=alert(1)>',
    `"'><a href=javascript:alert(1)>`,
    '" autofocus onfocus="alert(1)',
    '&quot;&lt;&#60;script&gt;',
    '\u202egnp.exe\u2066\u200f',
    'a\r\n\r\n<b>\u2028\0',
    '<!-- --><![CDATA[ ]]><?x ?>',
    'x'.repeat(100_000),
    '\ud800',
    '',
  ])('FZ-20 has the same tree for %j', async (text) => {
    expect(shapeOf(await page(text).text())).toEqual(shapeOf(await page('plain').text()))
  })

  it('FZ-20 has the same tree for any text', async () => {
    const plain = shapeOf(await page('plain').text())
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '=', ' ', 'a', '\n') }),
    )
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        expect(shapeOf(await page(value).text())).toEqual(plain)
      }),
      { numRuns: 20 },
    )
  })

  it('speaks to people: no jargon, no exclamation', async () => {
    const words = textOf(parseHtml(await page('plain').text()))
    expect(words).not.toMatch(/token|scope|oauth|redirect|client|uri|!/i)
  })

  it('MD-01 names the configured host', async () => {
    expect(textOf(parseHtml(await page('plain').text()))).toContain('as.test')
  })
})

describe('the login page', () => {
  it('keeps the names that password managers and tests rely on', async () => {
    const form = formOf(await loginPage({ action: '/login', csrf: 'c5' }, context).text())
    expect(form.get('username')?.get('type')).toBe('email')
    expect(form.get('username')?.get('autocomplete')).toBe('username')
    expect(form.get('password')?.get('type')).toBe('password')
    expect(form.get('password')?.get('autocomplete')).toBe('current-password')
    expect(form.get('action=login')?.get('type')).toBe('submit')
  })

  it('LG-14 carries the hidden csrf value', async () => {
    const form = formOf(await loginPage({ action: '/login', csrf: 'c"5' }, context).text())
    expect(form.get('csrf')?.get('type')).toBe('hidden')
    expect(form.get('csrf')?.get('value')).toBe('c"5')
  })

  it('ties the error to the fields, and keeps the username but never the password', async () => {
    const response = loginPage(
      {
        action: '/login',
        csrf: 'c',
        username: 'a@b.test',
        error: { code: 'login_failed', message: 'Try again.' },
      },
      context,
    )
    expect(response.status).toBe(400)
    const html = await response.text()
    const error = allElements(parseHtml(html)).find(({ attributes }) => attributes.has('data-code'))
    expect(error?.attributes.get('id')).toBe('error')
    expect(error?.attributes.get('data-code')).toBe('login_failed')
    const form = formOf(html)
    expect(form.get('username')?.get('value')).toBe('a@b.test')
    expect(form.get('username')?.get('aria-describedby')).toBe('error')
    expect(form.get('password')?.has('value')).toBe(false)
  })

  it('answers with the status that the error asks for', () => {
    const error = { code: 'throttled', message: 'Wait a minute.', status: 429 }
    expect(loginPage({ action: '/login', csrf: 'c', error }, context).status).toBe(429)
  })

  it('lets a remembered consent redirect from here', () => {
    const page = loginPage(
      { action: '/login', csrf: 'c', redirectUri: 'http://127.0.0.1:5000/cb' },
      context,
    )
    expect(page.headers.get('content-security-policy')).toContain(
      "form-action 'self' http://127.0.0.1:* http://localhost:* https: ",
    )
  })
})

describe('the consent page', () => {
  it('keeps the names that tests rely on, and asks with two submit buttons', async () => {
    const form = formOf(await consent({ csrf: 'c5' }).text())
    expect(form.get('csrf')?.get('value')).toBe('c5')
    for (const answer of ['action=approve', 'action=deny', 'action=logout']) {
      expect(form.get(answer)?.get('type')).toBe('submit')
    }
    expect([...form.values()].some((control) => control.has('disabled'))).toBe(false)
  })

  it('RU-25 carries no address that a script could follow', async () => {
    const elements = allElements(parseHtml(await consent().text()))
    expect(elements.filter(({ attributes }) => attributes.has('href'))).toEqual([])
    const scripts = elements.filter(({ tag }) => tag === 'script')
    expect(scripts.map(({ text }) => /location|open\(|https?:/.test(text))).toEqual([false])
  })

  it('shows the hosts of the client, of the resource and of the redirect', async () => {
    const words = textOf(
      parseHtml(
        await consent({
          client: {
            name: 'App',
            verified: false,
            source: { kind: 'document', clientId: 'https://app.test/client.json' },
          },
          resource: { name: 'Files', uri: 'https://mcp.test/mcp' },
          redirectUri: 'https://elsewhere.test/cb',
        }).text(),
      ),
    )
    for (const shown of ['app.test', 'mcp.test', 'elsewhere.test', 'Unverified', '2 minutes ago']) {
      expect(words).toContain(shown)
    }
  })

  it('says since when a client that registered itself is known', async () => {
    const source = { kind: 'dynamic', registeredAt: now - 180_000 } as const
    const page = consent({ client: { name: 'App', verified: false, source } })
    expect(textOf(parseHtml(await page.text()))).toContain('Registered itself 3 minutes ago')
  })

  it('says Verified only of what an administrator has checked', async () => {
    const source = { kind: 'administrator' } as const
    const words = async (verified: boolean) =>
      textOf(parseHtml(await consent({ client: { name: 'App', verified, source } }).text()))
    expect(await words(true)).toContain('Verified')
    expect(await words(true)).not.toContain('Unverified')
    expect(await words(false)).not.toContain('Verified')
  })

  it.each(['http://127.0.0.1:1/cb', 'http://localhost/cb', 'http://[::1]:9/cb'])(
    'warns of an app on this computer: %s',
    async (redirectUri) => {
      const words = textOf(parseHtml(await consent({ redirectUri }).text()))
      expect(words).toContain('An app on this computer wants access.')
      expect(words).toContain('Only continue if you have just started it.')
      expect(words).toContain('Never copy the address from your browser and send it to anyone.')
    },
  )

  it('does not cry wolf about a website', async () => {
    expect(textOf(parseHtml(await consent().text()))).not.toContain('this computer')
  })

  it('CN-09 shows a host of another alphabet in ASCII with a warning', async () => {
    const words = textOf(
      parseHtml(await consent({ redirectUri: 'https://p\u0430ypal.test/cb' }).text()),
    )
    expect(words).toContain('xn--pypal-4ve.test')
    expect(words).toContain('This address is written in another alphabet')
  })

  it('shows a long host whole', async () => {
    const host = `${'accounts.google.com.'.repeat(9)}evil.test`
    expect(
      textOf(parseHtml(await consent({ redirectUri: `https://${host}/cb` }).text())),
    ).toContain(host)
  })

  it('marks each permission with a word, the gravest first', async () => {
    const risks = ['offline', 'read', 'change', 'delete', 'spend'] as const
    const scopes = risks.map((risk) => ({ description: `may ${risk}`, risk }))
    const items = allElements(parseHtml(await consent({ scopes }).text()))
      .filter(({ tag }) => tag === 'li')
      .map((item) => textOf(item.children))
    expect(items).toEqual([
      'Spend may spend',
      'Delete may delete',
      'Change may change',
      'Read may read',
      'Away may offline',
    ])
  })
})

describe('the device pages', () => {
  const entry = (change: Partial<DeviceCodeProps> = {}) =>
    deviceCodePage(
      { action: '/device', csrf: 'c5', account: 'a@b.test', userCode: undefined, ...change },
      context,
    )

  it('keep the names that tests rely on', async () => {
    const code = formOf(await entry().text())
    expect(code.get('user_code')?.get('type')).toBe('text')
    expect(code.get('user_code')?.get('autocomplete')).toBe('off')
    for (const button of ['action=confirm', 'action=logout']) {
      expect(code.get(button)?.get('type')).toBe('submit')
    }
    const consent = formOf(await deviceConsentPage(deviceConsentWith('x'), context).text())
    for (const button of ['action=approve', 'action=deny', 'action=logout']) {
      expect(consent.get(button)?.get('type')).toBe('submit')
    }
  })

  it('DV-08 a code that came by a link is only filled in, with the warning that somebody sent it', async () => {
    const html = await entry({ userCode: 'BCDF-GHJK' }).text()
    expect(formOf(html).get('user_code')?.get('value')).toBe('BCDF-GHJK')
    expect(allElements(parseHtml(html)).filter(({ tag }) => tag === 'script')).toEqual([])
    expect(html).not.toContain('http-equiv')
    const words = textOf(parseHtml(html))
    expect(words).toContain('If somebody sent you this link, close this window')
    expect(words).toContain('letter for letter')
    expect(textOf(parseHtml(await entry().text()))).toContain('If somebody sent you the code')
  })

  it('tie the error to the field', async () => {
    const response = entry({ error: { code: 'invalid_user_code', message: 'No.' } })
    expect(response.status).toBe(400)
    const html = await response.text()
    expect(html).toContain('id="error" data-code="invalid_user_code"')
    expect(formOf(html).get('user_code')?.get('aria-describedby')).toBe('error')
  })

  it('DV-08 DV-11 say from where it was asked, and that this is another network', async () => {
    const words = async (near: boolean) => {
      const asked = { from: '203.0.113.7', near }
      const page = deviceConsentPage({ ...deviceConsentWith('x'), asked }, context)
      return textOf(parseHtml(await page.text()))
    }
    expect(await words(false)).toContain('Asked for from another network, 203.0.113.7')
    expect(await words(true)).toContain('from the network that you use now, 203.0.113.7')
    expect(await words(true)).toContain('Did somebody send you the code, or a link? Then deny')
  })
})

describe('the error page', () => {
  it.each([400, 403, 404, 429, 500, 503])('answers %i with a way out', async (status) => {
    const response = errorPage(
      { status, code: 'some_code', message: 'It broke.', correlationId: 'r-1' },
      context,
    )
    expect(response.status).toBe(status)
    expect(response.headers.get('location')).toBeNull()
    const tree = parseHtml(await response.text())
    const error = allElements(tree).find(({ attributes }) => attributes.get('id') === 'error')
    expect(error?.attributes.get('data-code')).toBe('some_code')
    expect(textOf(error?.children ?? [])).toMatch(/It broke\. .+ Reference r-1/)
  })
})

describe('the interstitial page', () => {
  const stop = (continueTo: string) =>
    interstitialPage(
      { code: 'invalid_scope', message: 'No.', clientName: 'App', continueTo, correlationId: 'r' },
      context,
    )
  const linksOf = async (response: Response) =>
    allElements(parseHtml(await response.text()))
      .filter(({ tag }) => tag === 'a')
      .map(({ attributes }) => attributes.get('href'))

  it('RU-15 says where the link goes and leaves it to the reader', async () => {
    const response = stop('https://evil.test/cb?error=invalid_scope&state=s')
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
    expect(response.headers.has('refresh')).toBe(false)
    const html = await response.clone().text()
    expect(textOf(parseHtml(html))).toContain('evil.test')
    expect(html).not.toContain('http-equiv')
    expect(await linksOf(response)).toEqual(['https://evil.test/cb?error=invalid_scope&state=s'])
  })

  it('RU-15 has no link to what a browser would run', async () => {
    expect(await linksOf(stop('javascript:alert(1)'))).toEqual([])
    expect(await linksOf(stop('data:text/html,x'))).toEqual([])
  })
})

interface Element {
  readonly tag: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: Element[]
  /** The decoded text before the first child, then after each child. */
  text: string
}

const VOID = new Set(['input', 'meta', 'wbr'])
const RAW = new Set(['style', 'script'])
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
}

const decode = (text: string) =>
  text.replace(/&([a-z]+|#\d+);/g, (whole, name: string) => ENTITIES[name] ?? whole)

/** Reads HTML as a browser would tokenise it, and refuses what the pages never write. */
function parseHtml(html: string): Element[] {
  const root: Element = { tag: '#root', attributes: new Map(), children: [], text: '' }
  const open: Element[] = [root]
  const top = () => open.at(-1) ?? root
  let at = '<!doctype html>'.length
  expect(html.slice(0, at)).toBe('<!doctype html>')
  while (at < html.length) {
    if (RAW.has(top().tag)) {
      const end = html.indexOf(`</${top().tag}`, at)
      top().text = html.slice(at, end)
      at = end
    }
    const bracket = html.indexOf('<', at)
    const text = decode(html.slice(at, bracket === -1 ? html.length : bracket))
    top().text += text
    if (text !== '')
      top().children.push({ tag: '#text', attributes: new Map(), children: [], text })
    if (bracket === -1) break
    const { name, closing, attributes, end } = readTag(html, bracket)
    at = end
    if (closing) {
      expect(open.pop()?.tag).toBe(name)
      continue
    }
    const element: Element = { tag: name, attributes, children: [], text: '' }
    top().children.push(element)
    if (!VOID.has(name) && html[end - 2] !== '/') open.push(element)
  }
  expect(open).toHaveLength(1)
  return root.children
}

const NAME_ENDS = new Set([' ', '/', '>', '='])

function readTag(html: string, bracket: number) {
  const closing = html[bracket + 1] === '/'
  let at = bracket + (closing ? 2 : 1)
  const word = () => {
    const start = at
    while (!NAME_ENDS.has(html[at] ?? '>')) at++
    return html.slice(start, at)
  }
  const name = word()
  expect(name).toMatch(/^[a-z][a-z0-9]*$/)
  const attributes = new Map<string, string>()
  while (html[at] !== '>') {
    if (html[at] === ' ' || html[at] === '/') {
      at++
      continue
    }
    const attribute = word()
    expect(attribute).toMatch(/^[A-Za-z-]+$/)
    expect(html.slice(at, at + 2)).toBe('="')
    const end = html.indexOf('"', at + 2)
    attributes.set(attribute, decode(html.slice(at + 2, end)))
    at = end + 1
  }
  return { name, closing, attributes, end: at + 1 }
}

const allElements = (elements: readonly Element[]): Element[] =>
  elements.flatMap((element) => [element, ...allElements(element.children)])

/** The words of a page, without what only the browser reads. */
function textOf(elements: readonly Element[]): string {
  const pieces = (element: Element): string => {
    if (element.tag === '#text') return element.text
    if (RAW.has(element.tag)) return ''
    const inside = element.children.map(pieces).join('')
    return ['wbr', 'bdi', 'strong', 'time'].includes(element.tag) ? inside : ` ${inside} `
  }
  return elements.map(pieces).join('').replace(/\s+/g, ' ').trim()
}

/** Tags and attribute names. Hosts alone may add something: places to break, and a warning. */
function shapeOf(html: string) {
  const shape = ({ tag, attributes, children }: Element): unknown => [
    tag,
    [...attributes.keys()],
    children
      .filter((child) => !['#text', 'wbr'].includes(child.tag))
      .filter((child) => child.attributes.get('class') !== 'note note-warning')
      .map(shape),
  ]
  return parseHtml(html).map(shape)
}

/** The controls of a page by name, and buttons by name and value. */
function formOf(html: string) {
  const controls = allElements(parseHtml(html)).filter(({ attributes }) => attributes.has('name'))
  return new Map(
    controls.map(({ tag, attributes }) => {
      const name = attributes.get('name') ?? ''
      return [tag === 'button' ? `${name}=${attributes.get('value')}` : name, attributes] as const
    }),
  )
}
