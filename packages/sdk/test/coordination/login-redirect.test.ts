import { expect, it } from 'vitest'
import { redirectToLogin } from '../../src/coordination/login-redirect.ts'
import { createFakePage, createFakeRandom } from '../support/ports.ts'
import { SECOND } from '../support/sessions.ts'

function send(url: string, page = createFakePage(), isSignedOut = () => true) {
  const pauses: number[] = []
  const done = redirectToLogin({
    environment: page,
    random: createFakeRandom(0.5),
    url,
    isSignedOut,
    pause: async (ms) => void pauses.push(ms),
  })
  return { page, pauses, done }
}

it('scenario 12: a visible page goes at once, and says where to come back to', async () => {
  const { page, pauses, done } = send('/login?lang=en')
  await done
  const next = encodeURIComponent('https://clinic.example/ward?bed=3')
  expect(page.visited).toEqual([`https://clinic.example/login?lang=en&next=${next}`])
  expect(pauses).toEqual([])
})

it('scenario 12: hidden pages follow, spread over 5 s', async () => {
  const { page, pauses, done } = send('https://id.example/login', Object.assign(createFakePage(), { showing: false }))
  await done
  expect(pauses).toEqual([2.5 * SECOND])
  expect(page.visited[0]).toMatch(/^https:\/\/id\.example\/login\?next=/)
})

it('scenario 12: a page that is there already stays', async () => {
  const { page, done } = send('/login', Object.assign(createFakePage(), { at: 'https://clinic.example/login?next=x' }))
  await done
  expect(page.visited).toEqual([])
})

it('a frame with an address of no use goes where its document would, or says that it can not', async () => {
  const framed = Object.assign(createFakePage(), { at: 'about:srcdoc', base: () => 'https://clinic.example/ward' })
  const { page, done } = send('/login', framed)
  await done
  expect(page.visited).toEqual(['https://clinic.example/login?next=about%3Asrcdoc'])
  const lost = Object.assign(createFakePage(), { at: 'about:blank', base: () => 'about:blank' })
  await expect(send('/login', lost).done).rejects.toThrow(TypeError)
})

it('a page that has a session again by then stays', async () => {
  const { page, done } = send('/login', createFakePage(), () => false)
  await done
  expect(page.visited).toEqual([])
})

it.each([
  ['/#/login', 'https://clinic.example/#/ward', 1],
  ['/#/login', 'https://clinic.example/#/login', 0],
  ['/?page=login', 'https://clinic.example/?page=ward', 1],
  ['/?page=login', 'https://clinic.example/?next=x&page=login', 0],
])('apps that route by fragment or query: to %s from %s', async (url, at, visits) => {
  const { page, done } = send(url, Object.assign(createFakePage(), { at }))
  await done
  expect(page.visited).toHaveLength(visits)
})
