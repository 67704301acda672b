import { TokenManagerError } from '@token-manager/sdk'
import ky from 'ky'
import { expect, test } from 'vitest'
import { describeFailure, failureWord } from '../../src/format/failure.ts'

async function errorOf(answer: () => Promise<Response>): Promise<unknown> {
  return ky('http://ward.example/', { fetch: answer, retry: 0, timeout: 5 })
    .json()
    .catch((error: unknown) => error)
}

const never = () => new Promise<Response>(() => {})
const html = async () => new Response('<p>Welcome to the guest network</p>')
const down = async () => new Response('', { status: 503 })
const dead = () => Promise.reject(new TypeError('Failed to fetch'))

test.for<[string, () => Promise<unknown>, word: string, sentence: string]>([
  ['an error of the server', () => errorOf(down), 'http_503', 'The server answered with HTTP 503.'],
  ['HTML', () => errorOf(html), 'not_json', 'The server gave an answer that makes no sense.'],
  ['no answer', () => errorOf(never), 'timeout', 'The server took too long to answer.'],
  ['no network', () => errorOf(dead), 'network', 'The server cannot be reached.'],
  [
    'no token in time',
    async () => new TokenManagerError('refresh_unavailable', ''),
    'refresh_unavailable',
    'The session could not be renewed in time.',
  ],
  ['a code without words', async () => new TokenManagerError('disposed', ''), 'disposed', 'The session is not ready.'],
])('%s', async ([, make, word, sentence]) => {
  const error = await make()
  expect([failureWord(error), describeFailure(error)]).toEqual([word, sentence])
})
