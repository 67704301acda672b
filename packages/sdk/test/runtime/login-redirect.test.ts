import { describe, expect, it } from 'vitest'
import { createLoginRedirect } from '../../src/runtime/login-redirect.ts'
import { createFakeClock, type FakeClock } from '../support/clock.ts'
import { createFakePage, createFakeRandom, type FakePage } from '../support/ports.ts'
import { SECOND } from '../support/sessions.ts'

const HOME = 'https://clinic.example'

/** Opens pages of one tab, each with a redirect of its own. */
function openTab(url: string, clock: FakeClock = createFakeClock()) {
  const page = createFakePage()
  let isSignedOut = true
  let tried = async () => {}
  /** How many pages had been visited when one was about to go. */
  const left: number[] = []
  function open(at: string) {
    page.at = new URL(at, HOME).href
    const pauses: number[] = []
    const redirect = createLoginRedirect({
      clock,
      environment: page,
      random: createFakeRandom(0.5),
      url,
      maxWaitMs: 15 * SECOND,
      isSignedOut: () => isSignedOut,
      tried: () => tried(),
      beforeLogin: () => void left.push(page.visited.length),
      async pause(ms) {
        pauses.push(ms)
        await clock.run(ms)
      },
    })
    return { ...redirect, pauses }
  }
  return {
    page,
    clock,
    open,
    left,
    whileTried(meanwhile: () => unknown) {
      tried = async () => void meanwhile()
    },
    setSignedOut(value: boolean) {
      isSignedOut = value
    },
  }
}

const nextOf = ({ visited }: FakePage, visit = 0) => new URL(visited[visit] ?? '').searchParams.get('next')

describe('scenario 12', () => {
  it('a visible page goes at once, and says where to come back to', async () => {
    const { page, open } = openTab('/login?lang=en')
    const { opened, pauses } = open('/ward?bed=3')
    await opened()
    const next = encodeURIComponent('https://clinic.example/ward?bed=3')
    expect(page.visited).toEqual([`https://clinic.example/login?lang=en&next=${next}`])
    expect(pauses).toEqual([])
  })

  it('hidden pages follow, spread over 5 s', async () => {
    const { page, open } = openTab('https://id.example/login')
    page.showing = false
    const { ended, pauses } = open('/ward')
    await ended()
    expect(pauses).toEqual([2.5 * SECOND])
    expect(page.visited[0]).toMatch(/^https:\/\/id\.example\/login\?next=/)
  })

  it('a page that has a session again by then stays', async () => {
    const tab = openTab('/login')
    tab.setSignedOut(false)
    await tab.open('/ward').ended()
    expect(tab.page.visited).toEqual([])
  })

  it('a page that its app has led to the login meanwhile stays there', async () => {
    const { page, open } = openTab('/login')
    page.showing = false
    const { ended } = open('/ward')
    const going = ended()
    page.at = `${HOME}/login`
    await going
    expect(page.visited).toEqual([])
  })

  it('a frame with an address of no use goes where its document would, or says that it can not', async () => {
    const framed = openTab('/login')
    const { opened } = framed.open('/ward')
    framed.page.at = 'about:srcdoc'
    framed.page.base = () => 'https://clinic.example/ward'
    await opened()
    expect(framed.page.visited).toEqual(['https://clinic.example/login?next=about%3Asrcdoc'])
    const lost = openTab('/login')
    const redirect = lost.open('/ward')
    lost.page.at = 'about:blank'
    await expect(redirect.opened()).rejects.toThrow(TypeError)
  })
})

describe('scenario 51: a page that is at the login', () => {
  it.each([
    ['/login', '/login?next=x', 0],
    ['/login', '/login/?next=x', 0],
    ['/login/', '/login?next=x', 0],
    ['/login', '/login//', 0],
    ['/', '/?next=x', 0],
    ['/login', '/login2', 1],
    ['/login', '/app/login', 1],
    ['https://id.example/login', '/login', 1],
    ['/#/login', '/#/ward', 1],
    ['/#/login', '/#/login', 0],
    ['/?page=login', '/?page=ward', 1],
    ['/?page=login', '/?next=x&page=login', 0],
    // `next` counts at the login only, and a code without a state is none of OAuth.
    ['/login', '/ward?next=2', 1],
    ['/login', '/ward?next=https%3A%2F%2Fclinic.example%2Fward', 1],
    ['/login', '/diagnosis?code=I10', 1],
  ])('of %s is one at %s: %d redirects', async (url, at, visits) => {
    const { page, open } = openTab(url)
    const { opened, ended, pauses } = open(at)
    await opened()
    await ended()
    expect(page.visited.length > 0).toBe(visits > 0)
    expect(pauses).toEqual([])
  })
})

describe('scenario 51: what `next` says', () => {
  it.each([
    ['/ward?bed=3', '/ward?bed=3'],
    ['/ward?note=a%20b&x', '/ward?note=a%20b&x'],
    ['/ward#bed', '/ward'],
    ['/ward#access_token=SECRET&token_type=bearer', '/ward'],
    ['/cb?bed=3&code=SECRET&state=s&session_state=t&iss=https%3A%2F%2Fid.example', '/cb?bed=3'],
    ['/cb?code=SECRET', '/cb'],
    ['/cb?error=access_denied&error_description=No&error_uri=u&state=s', '/cb'],
    ['/cb?access_token=SECRET&id_token=SECRET&refresh_token=SECRET&response=SECRET', '/cb'],
    ['/#/cb?code=SECRET&state=s', '/'],
  ])('of %s is %s', async (at, next) => {
    const { page, open } = openTab('/login')
    await open(at).opened()
    expect(nextOf(page)).toBe(HOME + next)
  })
})

describe('scenario 51: an OAuth answer', () => {
  const ANSWERS = [
    '/cb?code=c&state=s',
    '/cb?state=s&error=access_denied',
    '/cb#state=s&code=c',
    '/#/cb?code=c&state=s',
  ]

  it.each(ANSWERS)('holds the redirect off until maxWaitMs after the page was opened: %s', async (at) => {
    const { page, clock, open } = openTab('/login')
    const { opened, pauses } = open(at)
    await clock.run(SECOND)
    await opened()
    expect(pauses).toEqual([14 * SECOND])
    expect(page.visited).toHaveLength(1)
  })

  it.each(ANSWERS)('that brings a session is not disturbed: %s', async (at) => {
    const tab = openTab('/login')
    const going = tab.open(at).opened()
    tab.setSignedOut(false)
    await going
    expect(tab.page.visited).toEqual([])
  })

  it('holds nothing off later: a page that never cleans its address shows no patient for it', async () => {
    const { page, clock, open } = openTab('/login')
    const { ended, pauses } = open('/cb?code=c&state=s')
    await clock.run(15 * SECOND)
    await ended()
    expect([page.visited.length, pauses.length]).toEqual([1, 0])
  })
})

describe('scenario 51: one redirect', () => {
  it('of a page whose session ends while it is opened', async () => {
    const { page, open } = openTab('/login')
    const { opened, ended } = open('/ward')
    await Promise.all([ended(), opened()])
    expect(page.visited).toHaveLength(1)
  })

  it('although a session came and went while an earlier one was held off', async () => {
    const { page, open } = openTab('/login')
    const { opened, ended } = open('/cb?code=c&state=s')
    await Promise.all([opened(), ended()])
    expect(page.visited).toHaveLength(1)
  })

  it('another one when another session has ended', async () => {
    const { page, open } = openTab('/login')
    const { opened, ended } = open('/ward')
    await opened()
    await ended()
    expect(page.visited).toHaveLength(2)
  })

  it.each([
    ['at another address with `next`', '/accounts/login/?next=https%3A%2F%2Fclinic.example%2Fward'],
    ['at one that has dropped `next`', '/de/login'],
    ['back at the page', '/ward'],
  ])('of a tab whose login server ends up %s', async (_, at) => {
    const { page, clock, open } = openTab('/login')
    await open('/ward').opened()
    await clock.run(SECOND)
    await open(at).opened()
    expect(page.visited).toHaveLength(1)
  })

  it('of a tab that is reloaded where `next` is that of the redirect, however late', async () => {
    const { page, clock, open } = openTab('/login')
    await open('/ward').opened()
    await clock.run(60 * SECOND)
    await open('/accounts/login/?next=https%3A%2F%2Fclinic.example%2Fward').opened()
    expect(page.visited).toHaveLength(1)
    await open('/patients').opened()
    expect(page.visited).toHaveLength(2)
  })

  it('and one for a session that ends where the login led to', async () => {
    const { page, open } = openTab('/login')
    await open('/ward').opened()
    await open('/ward').ended()
    expect(page.visited).toHaveLength(2)
  })
})

it('a sign-in begins just before the page goes, and none where it stays', async () => {
  const going = openTab('/login')
  await going.open('/ward').ended()
  expect([going.left, going.page.visited.length]).toEqual([[0], 1])
  const staying = openTab('/login')
  await staying.open('/login?next=x').ended()
  staying.whileTried(() => staying.setSignedOut(false))
  await staying.open('/ward').ended()
  staying.setSignedOut(true)
  staying.whileTried(() => (staying.page.at = `${HOME}/login`))
  await staying.open('/ward').ended()
  expect([staying.left, staying.page.visited]).toEqual([[], []])
})
