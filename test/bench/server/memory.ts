import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Reading } from '../reading.ts'
import { type StoreName, withStore } from './on-server.ts'

const SESSIONS = 100_000
const SESSIONS_OF_A_SHIFT = 5_000
/** 12 hours of tokens of 15 minutes. */
const ROTATIONS_OF_A_SHIFT = 55
const TARGET_KB = 2
const FILL = join(import.meta.dirname, 'fill-store.ts')

interface Kept {
  where: string
  store: StoreName
  /** Without a file, where all of it is in the memory of the process. */
  address?: string
}

const KEPT: readonly Kept[] = [
  { where: 'embedded, in a file', store: 'embedded' },
  { where: 'embedded, :memory:', store: 'embedded', address: ':memory:' },
  { where: 'Redis', store: 'redis' },
]

/** Of a process that does nothing else, or of its Redis. */
async function kilobytesPerSession({ store, address }: Kept, sessions: number, rotations: number): Promise<number> {
  return withStore(store, async ({ store: place, redis }) => {
    const before = (await redis?.usedBytes()) ?? 0
    const args = ['--expose-gc', FILL, address ?? place, `${sessions}`, `${rotations}`]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const bytes = redis === undefined ? Number(stdout) : (await redis.usedBytes()) - before
    return bytes / sessions / 1_024
  })
}

export const sessionMemory = async (): Promise<Reading[]> => {
  const readings: Reading[] = []
  for (const kept of KEPT) {
    readings.push(
      {
        name: `Memory per live session, ${kept.where}, of 100,000`,
        unit: 'kB',
        value: await kilobytesPerSession(kept, SESSIONS, 0),
        target: TARGET_KB,
      },
      {
        name: `  ${kept.where}, after ${ROTATIONS_OF_A_SHIFT} refreshes`,
        unit: 'kB',
        value: await kilobytesPerSession(kept, SESSIONS_OF_A_SHIFT, ROTATIONS_OF_A_SHIFT),
        target: TARGET_KB,
      },
    )
  }
  return readings
}
