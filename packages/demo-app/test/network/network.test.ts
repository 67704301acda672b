import { expect, test } from 'vitest'
import { createNetwork } from '../../src/network/network.ts'

function world() {
  const told: boolean[] = []
  let sent = 0
  const network = createNetwork({
    real: async () => {
      sent += 1
      return new Response('ok')
    },
    page: { setOffline: (offline) => told.push(offline) },
  })
  return { network, told, sent: () => sent }
}

const URL = 'http://ward.example/'

test('offline fails calls without sending them, tells the page, and ends', async () => {
  const { network, told, sent } = world()
  network.set('offline')
  await expect(network.fetch(URL)).rejects.toThrow(TypeError)
  expect(sent()).toBe(0)
  network.set('fast')
  expect(await (await network.fetch(URL)).text()).toBe('ok')
  expect(told).toEqual([true, false])
})

test('a call under way when the network dies fails with it', async () => {
  const { network } = world()
  network.set('slow-3g')
  const answer = network.fetch(URL)
  network.set('offline')
  await expect(answer).rejects.toThrow('Failed to fetch')
})

test('to set what is set already changes nothing', () => {
  const { network, told } = world()
  let changes = 0
  network.subscribe(() => {
    changes += 1
  })
  network.set('fast')
  network.set('slow-3g')
  network.set('slow-3g')
  expect([changes, told]).toEqual([1, [false]])
})
