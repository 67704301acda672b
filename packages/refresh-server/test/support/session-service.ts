import { expect } from 'vitest'
import { json, type listenTestServer } from './test-server.ts'

export type ServiceClient = Awaited<ReturnType<typeof listenTestServer>>

export interface ServiceTokens {
  accessToken: string
  refreshToken: string
  sessionId: string
}

export async function dataOf(answer: Response): Promise<Record<string, unknown>> {
  const { success, data } = await json(answer)
  expect(success).toBe(true)
  if (typeof data !== 'object' || data === null) throw new Error('no data')
  return { ...data }
}

export async function signIn({ post }: ServiceClient, username = 'amara'): Promise<ServiceTokens> {
  const data = await dataOf(await post('/api/token/login', { username, password: `${username}-pw` }))
  const { accessToken, refreshToken, sessionId } = data
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string' || typeof sessionId !== 'string') {
    throw new Error('no tokens')
  }
  return { accessToken, refreshToken, sessionId }
}
