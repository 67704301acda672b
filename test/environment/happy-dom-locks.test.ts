import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'

test('a unit test has a page and the locks of a current browser', async () => {
  expect(document.location.href).toContain('http')
  const order: string[] = []
  const first = navigator.locks.request('lock', async () => {
    order.push('first in')
    await Promise.resolve()
    order.push('first out')
  })
  const second = navigator.locks.request('lock', () => {
    order.push('second in')
  })
  await Promise.all([first, second])
  expect(order).toEqual(['first in', 'first out', 'second in'])
})

test('a request to another origin is sent as it is, without a preflight', async () => {
  const methods: (string | undefined)[] = []
  const server = createServer((request, response) => {
    methods.push(request.method)
    response.end('{}')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  await fetch(`http://127.0.0.1:${address.port}/`, { headers: { 'idempotency-key': 'k' } })
  expect(methods).toEqual(['GET'])
})
