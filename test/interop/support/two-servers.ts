import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashPassword, type QaCounts } from '@token-manager/refresh-server'
import { type Nginx, startNginx } from '../../tools/nginx.ts'
import { type Redis, startRedis } from '../../tools/redis.ts'
import { type ServerProcess, startServerProcess } from '../../tools/refresh-server-process.ts'

/** Two refresh servers on one Redis, nginx in front. */
export interface TwoServers {
  nginx: Nginx
  servers: readonly [ServerProcess, ServerProcess]
  countsOf(server: ServerProcess): Promise<QaCounts>
  close(): Promise<void>
}

export interface TwoServersOptions {
  /** Arguments of both. */
  args: readonly string[]
  /** Variables of their environment. */
  env?: Readonly<Record<string, string>>
  files?: Readonly<Record<string, string>>
}

// A hash that costs next to nothing: signing in is not what is tested here.
const cheap = { ln: 4, r: 1, p: 1 }

/** `undefined` where there is no Redis or no nginx. */
export async function startTwoServers({
  args,
  env = {},
  files = {},
}: TwoServersOptions): Promise<TwoServers | undefined> {
  const closing: Array<() => Promise<void>> = []
  const close = async () => {
    for (const end of closing.reverse()) await end()
  }
  const redis: Redis | undefined = await startRedis()
  if (redis === undefined) return undefined
  closing.push(redis.close)

  const folder = mkdtempSync(join(tmpdir(), 'two-servers-'))
  closing.push(async () => rmSync(folder, { recursive: true }))
  const usersFile = join(folder, 'users.json')
  const names = ['amara', 'ben']
  const users = names.map(async (username) => ({
    username,
    name: username,
    roles: ['clinician'],
    passwordHash: await hashPassword(`${username}-pw`, cheap),
  }))
  await writeFile(usersFile, JSON.stringify(await Promise.all(users)))
  const start = async () => {
    const server = await startServerProcess({ store: redis.url, args: ['--qa', '--users', usersFile, ...args], env })
    closing.push(server.kill)
    return server
  }
  const servers = [await start(), await start()] as const

  const nginx = await startNginx({ upstreams: servers.map(({ url }) => url), files })
  if (nginx === undefined) {
    await close()
    return undefined
  }
  closing.push(nginx.close)
  return {
    nginx,
    servers,
    async countsOf({ url }) {
      const answer = await fetch(`${url}/qa/counts`)
      return answer.json()
    },
    close,
  }
}
