import { type AuditEntry, OPERATIONS } from '../audit/entry.ts'
import { type AuditTrail, pseudonym } from '../audit/trail.ts'
import { DAY_MS } from '../duration.ts'
import type { RedisConnection } from './redis-connection.ts'
import { keys } from './redis-scripts.ts'

const BATCH = 500

type Fields = Readonly<Record<string, string>>

/** Creates the audit trail in Redis: one stream for all processes. */
export function createRedisTrail(redis: Pick<RedisConnection, 'run' | 'scan'>, retentionMs: number): AuditTrail {
  /** Reads each name and address only once per report. */
  function createLookup() {
    const found = new Map<string, Promise<string | null>>()
    return (key: string): Promise<string | null> => {
      const value = found.get(key) ?? redis.run((client) => client.get(key))
      found.set(key, value)
      return value
    }
  }

  return {
    async append(entries) {
      await redis.run((client) => client.appendAudit([], [toRecords(entries, retentionMs)]))
    },

    async *read({ from, until }) {
      const lookUp = createLookup()
      for (let start = `${from}`; ; ) {
        const page = (await redis.run((client) => client.xRange(keys.audit(), start, '+', { COUNT: BATCH }))) ?? []
        for (const { message } of page) {
          const entry = await toEntry(message, lookUp)
          if (entry.at >= from && entry.at < until) yield entry
        }
        const last = page.at(-1)
        if (last === undefined || page.length < BATCH) return
        start = `(${last.id}`
      }
    },

    async pseudonymOf(username) {
      const subject = await redis.run((client) => client.get(keys.auditSubject(username)))
      return subject === null ? undefined : pseudonym(subject)
    },

    async eraseUser(username) {
      const subject = await redis.run((client) => client.getDel(keys.auditSubject(username)))
      if (subject === null) return undefined
      const forgotten = [keys.auditUsername(subject)]
      for (const pattern of [keys.auditPlace(subject, '*'), keys.auditAddress(subject, '*')]) {
        forgotten.push(...(await redis.scan(pattern)))
      }
      await redis.run((client) => client.del(forgotten))
      return pseudonym(subject)
    },

    async removeBefore(at) {
      await redis.run((client) => client.xTrim(keys.audit(), 'MINID', Math.max(0, at)))
    },
  }
}

/** Serialises entries for the scripts that record them. */
export function toRecords(entries: readonly AuditEntry[], retentionMs: number): string {
  const records = entries.map(({ username, address, ...entry }) => ({
    at: `${entry.at}`,
    entry: JSON.stringify(entry),
    ttl: `${retentionMs + DAY_MS}`,
    ...(username !== undefined && { username }),
    ...(address !== undefined && { address }),
  }))
  return JSON.stringify(records)
}

async function toEntry(
  { entry, subject, place, address }: Fields,
  lookUp: (key: string) => Promise<string | null>,
): Promise<AuditEntry> {
  const read: AuditEntry = JSON.parse(entry ?? '')
  if (!OPERATIONS.includes(read.operation)) throw new TypeError('the audit trail contains an unknown operation')
  if (subject === undefined) return address === undefined ? read : { ...read, address }
  const username = (await lookUp(keys.auditUsername(subject))) ?? pseudonym(subject)
  const from = place === undefined ? null : await lookUp(keys.auditAddress(subject, place))
  return { ...read, username, ...(from !== null && { address: from }) }
}
