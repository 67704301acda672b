import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashPassword } from '@token-manager/refresh-server'
import { type Redis, startRedis } from '../../tools/redis.ts'
import { startServerProcess } from '../../tools/refresh-server-process.ts'

export const STORES = ['embedded', 'redis'] as const
export type StoreName = (typeof STORES)[number]

/** A user whose password hash costs next to nothing, and one whose hash is as it should be. */
export const QUICK = 'quick'
export const USUAL = 'usual'

// Requests are counted against the limits, which is part of what they cost; nobody meets them.
const WIDE_LIMITS = { JWT_MAX_CONCURRENT_SESSIONS: '1000000', RATE_LIMIT_MAX_REQUESTS: '1000000' }

interface Place {
  store: string
  folder: string
  redis: Redis | undefined
}

/** A place for a store: a file of its own, or a Redis that writes each command to a file before it answers. */
export async function withStore<T>(name: StoreName, act: (place: Place) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const redis = name === 'redis' ? await startRedis({ appendonly: 'yes' }) : undefined
  try {
    if (name === 'redis' && redis === undefined) throw new Error('There is no redis-server here.')
    return await act({ store: redis?.url ?? join(folder, 'sessions.db'), folder, redis })
  } finally {
    await redis?.close()
    rmSync(folder, { recursive: true })
  }
}

/** One refresh server as a process of its own, on that store. */
export function onServer<T>(name: StoreName, act: (url: string) => Promise<T>): Promise<T> {
  return withStore(name, async ({ store, folder }) => {
    const user = async (username: string, parameters = {}) => ({
      username,
      name: username,
      roles: ['clinician'],
      passwordHash: await hashPassword(`${username}-pw`, parameters),
    })
    const users = join(folder, 'users.json')
    await writeFile(users, JSON.stringify([await user(QUICK, { ln: 4, r: 1, p: 1 }), await user(USUAL)]))
    const server = await startServerProcess({ store, args: ['--users', users], env: WIDE_LIMITS })
    try {
      return await act(server.url)
    } finally {
      await server.kill()
    }
  })
}
