import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { FUZZ_TIMEOUT_MS, fuzz } from '../../../../test/support/fuzz.ts'
import { address, text as anyText } from '../../../../test/support/junk.ts'
import { createRequestAuth } from '../../src/http/request-auth.ts'
import { bearer, type Page, signIn, useVirtualTime } from '../support/tokens.ts'

beforeEach(useVirtualTime)

const ALLOWED = 'https://api.example.com'
const open = () => signIn({ allowedOrigins: [ALLOWED] })

/** Whether the token was on the request, however it was made. */
async function carried({ tokens, sent }: Page, url: string): Promise<boolean> {
  await tokens.fetch(url)
  return bearer(sent.at(-1)) !== null
}

describe('the token goes to an allowed origin', () => {
  it.each([
    ...[
      'https://api.example.com',
      'https://api.example.com:443/x',
      'HTTPS://API.EXAMPLE.COM/x',
      'https:api.example.com',
    ],
    ...['https:\\\\api.example.com\\x', 'https://api.example.com\\@evil.example/', ' https://api.example.com/ '],
    ...['https://api.exam\tple.com/', 'https://api.example.com/x?y#@evil.example', 'https://ａｐｉ.example.com/'],
    ...['/x', 'x', '?x', '#x', '//localhost:3000/x', '\\\\localhost:3000\\x', './/evil.example/x', '/.//evil.example'],
  ])('%s', async (url) => {
    expect(await carried(await open(), url)).toBe(true)
  })
})

describe('and to none that looks like one', () => {
  it.each([
    // Another host.
    ...[
      'https://api.example.com.evil.example/',
      'https://api.example.com-evil.example/',
      'https://evilapi.example.com/',
    ],
    ...['https://example.com/', 'https://x.api.example.com/', 'https://api.example.com./', 'https://api.example.co/'],
    ...[
      'https://api-example.com/',
      'https://evil.example/api.example.com',
      'https://evil.example?https://api.example.com',
    ],
    ...[
      'https://evil.example#https://api.example.com',
      'https://evil.example\\@api.example.com/',
      '\\\\evil.example\\x',
    ],
    ...[
      '//evil.example',
      '///evil.example',
      '/\\evil.example',
      '\\/evil.example',
      '/\t/evil.example',
      'https:///evil.example',
    ],
    // Letters that only look alike, as they are and in Punycode.
    ...[
      'https://аpi.example.com/',
      'https://xn--pi-6kc.example.com/',
      'https://api.examp1e.com/',
      'https://api。example.com.evil/',
    ],
    // Another port, or another scheme.
    ...[
      'https://api.example.com:8443/',
      'https://api.example.com:444/',
      'http://api.example.com/',
      'http://api.example.com:443/',
    ],
    ...[
      'http://localhost/',
      'http://localhost:3001/',
      'https://localhost:3000/',
      'http://127.0.0.1:3000/',
      'http://[::1]:3000/',
    ],
    ...['http://localhost.:3000/', 'http://localhost:30000/', 'ftp://api.example.com/', 'ws://localhost:3000/'],
    // No origin at all, or one that is only told of.
    ...[
      'data:,https://api.example.com',
      'blob:https://api.example.com/x',
      'blob:http://localhost:3000/x',
      'about:blank',
    ],
    ...['file:///x', 'javascript:0', 'filesystem:http://localhost:3000/x', 'view-source:http://localhost:3000/'],
  ])('%s', async (url) => {
    expect(await carried(await open(), url)).toBe(false)
  })

  it.each([
    'https://api.example.com@evil.example/',
    'https://api.example.com:443@evil.example/',
    'https://a:b@evil.example/',
  ])('nor what stands before an @: %s', async (url) => {
    const page = await open()
    // Browsers refuse such an address, and so may the network here.
    const isCarried = await carried(page, url).catch(() => false)
    expect([isCarried, page.sent.map(bearer)]).toEqual([false, page.sent.map(() => null)])
  })

  it.each(['null', '', '*', 'https://*.example.com'])('and an origin of %j is none', async (origin) => {
    await expect(signIn({ allowedOrigins: [origin] })).rejects.toMatchObject({ code: 'invalid_option' })
  })
})

it('whatever the address: the token goes along exactly where its origin is allowed', {
  timeout: FUZZ_TIMEOUT_MS,
}, () => {
  const unused = () => {
    throw new Error('not called')
  }
  const requestAuth = createRequestAuth(
    {
      ...{ identity: unused, admit: unused, renew: unused },
      ...{ isAnonymous: unused, accepted: unused, sent: unused, unauthorized: unused, replayed: unused },
    },
    {
      transport: { url: '/auth/refresh', accessTokenIn: 'header' },
      environment: { origin: 'https://app.example', base: () => 'https://app.example/ward/' },
      allowedOrigins: [ALLOWED],
    },
  )
  const part = fc.constantFrom(
    ...['https:', 'http:', 'blob:', 'data:', '/', '//', '\\', '@', ':', '.', '?', '#', '%2f', '%00', '\t', '\n', ' '],
    ...['app.example', 'api.example.com', 'evil.example', ':443', ':80', 'auth', 'refresh', 'xn--', '☃', 'a:b'],
  )
  const url = fc.oneof(
    fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
    address,
    anyText,
  )
  let covered = 0
  fuzz(url, (text) => {
    const target = requestAuth.shouldAuthenticate(text, new Headers(), undefined)
    if (target === undefined) return
    covered++
    // What is sent is what was judged: the whole address, and of an origin that is named.
    const { origin, protocol, href } = new URL(target)
    expect(['https://app.example', ALLOWED]).toContain(origin)
    expect([protocol, href]).toEqual(['https:', target])
    expect(href).toBe(new URL(text, 'https://app.example/ward/').href)
  })
  expect(covered).toBeGreaterThan(100)
})
