import type { AuditEntry } from '../audit/entry.ts'
import { type FamilyChange, type SessionFamily, sessionsToEnd } from '../tokens/family.ts'
import { connectRedis } from './redis-connection.ts'
import {
  type Found,
  familyFields,
  offerFields,
  toFamilies,
  toFamily,
  toFound,
  tokenFields,
  toNote,
} from './redis-rows.ts'
import { keys } from './redis-scripts.ts'
import { createRedisTrail, toRecords } from './redis-trail.ts'
import { KEPT_AFTER_END_MS, type Store } from './store.ts'

/** Each retry means that another request changed the same session. No browser sends so many at once. */
const MAX_TRIES = 100
const TTL_OF_ENDED = `${KEPT_AFTER_END_MS}`

export interface RedisStoreOptions {
  log: (line: string) => void
  auditRetentionMs: number
}

/**
 * Opens the store for several processes and machines. The process itself keeps nothing of a session.
 * @param url like `redis://user:password@host:6379/0`, or `rediss:` for TLS
 * @throws InvalidOptionError naming `store` if the address is invalid
 */
export function createRedisStore(url: string, { log, auditRetentionMs }: RedisStoreOptions): Store {
  const redis = connectRedis(url, log)

  async function find(hash: string): Promise<Found | undefined> {
    return toFound(hash, await redis.run((client) => client.findToken([keys.token(hash), keys.offer(hash)], [])))
  }

  async function liveFamiliesOf(username: string, at: number): Promise<SessionFamily[]> {
    const families = toFamilies(await redis.run((client) => client.familiesOf([keys.familiesOf(username)], [])))
    return families.filter(({ expiresAt }) => expiresAt > at)
  }

  /** Repeats an attempt until no other request changed what it had read. */
  async function retryUntilDone<T>(attempt: () => Promise<{ done: boolean; result: T }>): Promise<T> {
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const { done, result } = await attempt()
      if (done) return result
    }
    throw new Error('too many concurrent changes of one session')
  }

  /** @returns whether the family was still unchanged since it was read */
  async function apply(
    change: Exclude<FamilyChange, { kind: 'none' }>,
    { presented, version }: Found,
    entries: readonly AuditEntry[],
  ): Promise<boolean> {
    const records = toRecords(entries, auditRetentionMs)
    const family = keys.family(presented.family.id)
    const at = `${change.at}`
    if (change.kind === 'revoke') {
      const args = [records, version, at, change.because, TTL_OF_ENDED]
      return isDone(redis.run((client) => client.revokeIfUnchanged([family], args)))
    }
    if (change.kind === 'keep')
      return isDone(redis.run((client) => client.keepIfUnchanged([family], [records, version, at])))
    const { token } = presented
    const { successor, usedAt } = change
    const offer = offerFields(change.replay)
    const ttl = `${timeToLive(successor, change.at)}`
    const args = [records, version, at, `${usedAt}`, ttl, `${offer.length}`, ...offer, ...tokenFields(successor)]
    const { hash } = token
    const touched = [family, keys.token(hash), keys.offer(hash), keys.token(successor.hash)]
    return isDone(redis.run((client) => client.rotateIfUnchanged(touched, args)))
  }

  return {
    audit: createRedisTrail(redis, auditRetentionMs),

    ready: () => redis.ready(),

    addFamily(family, first, addition) {
      const { at, maxSessions, entriesOf } = addition
      const touched = [keys.family(family.id), keys.token(first.hash), keys.familiesOf(family.username)]
      const ttl = timeToLive(family, at)
      const fields = familyFields(family)
      return retryUntilDone(async () => {
        const ended = sessionsToEnd(await liveFamiliesOf(family.username, at), addition)
        const args = [
          ...[toRecords(entriesOf?.(ended) ?? [], auditRetentionMs), ended.map(({ id }) => id).join()],
          ...[family.id, `${at}`, `${maxSessions}`, `${ttl}`, TTL_OF_ENDED],
          ...[`${fields.length}`, ...fields, ...tokenFields(first)],
        ]
        return { done: await isDone(redis.run((client) => client.addFamily(touched, args))), result: ended }
      })
    },

    async findFamily(id) {
      const row = await redis.run((client) => client.hGetAll(keys.family(id)))
      return row.id === undefined ? undefined : toFamily(row)
    },

    liveFamiliesOf,

    revokeFamily(id, { at, because, entries = [] }) {
      const args = [toRecords(entries, auditRetentionMs), `${at}`, because, TTL_OF_ENDED]
      return isDone(redis.run((client) => client.revokeFamily([keys.family(id)], args)))
    },

    async findToken(hash) {
      return (await find(hash))?.presented
    },

    exchange(hash, decide) {
      return retryUntilDone(async () => {
        const found = await find(hash)
        const result = decide(found?.presented)
        const { change, entries = [] } = result
        return { done: found === undefined || change.kind === 'none' || (await apply(change, found, entries)), result }
      })
    },

    // The keys expire by themselves.
    async removeEnded() {
      return 0
    },

    async eraseUser(username, pseudonym) {
      let [sessions, notes] = [0, 0]
      for (const key of await redis.scan(keys.family('*'))) {
        if ((await redis.run((client) => client.hGet(key, 'username'))) !== username) continue
        sessions += await redis.run((client) => client.del(key))
      }
      await redis.run((client) => client.del(keys.familiesOf(username)))
      for (const key of await redis.scan(keys.notesOf('*'))) {
        // Notes are only ever appended, so the index stays correct.
        for (const [index, line] of (await redis.run((client) => client.lRange(key, 0, -1))).entries()) {
          const note = toNote(line)
          if (note.author !== username) continue
          const renamed = JSON.stringify({ ...note, author: pseudonym })
          await redis.run((client) => client.lSet(key, index, renamed))
          notes += 1
        }
      }
      return { sessions, notes }
    },

    async addNote(note) {
      const id = await redis.run((client) => client.incr(keys.lastNote()))
      const added = { id, ...note }
      await redis.run((client) => client.rPush(keys.notesOf(note.patientId), JSON.stringify(added)))
      return added
    },

    async notesOf(patientId) {
      return (await redis.run((client) => client.lRange(keys.notesOf(patientId), 0, -1))).map(toNote)
    },

    newCounter: ({ name, windowMs }) => redis.newCounter({ name: keys.count(name), windowMs }),

    close: () => redis.close(),
  }
}

/** Uses the clock of this server, so that a different clock of Redis does not shorten the time. */
function timeToLive({ expiresAt }: { expiresAt: number }, at: number): number {
  return Math.max(0, expiresAt - at) + KEPT_AFTER_END_MS
}

async function isDone(reply: Promise<unknown>): Promise<boolean> {
  return (await reply) === 1
}
