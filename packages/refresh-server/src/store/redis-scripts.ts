import { type CommandParser, defineScript } from '@redis/client'

const PREFIX = 'token-manager:'

/** Where everything stands. One Redis and its replicas, not a cluster: a script reaches all keys of a session. */
export const keys = {
  family: (id: string) => `${PREFIX}family:${id}`,
  token: (hash: string) => `${PREFIX}token:${hash}`,
  /** What a spent token may have again. Beside it, since one long field makes Redis keep a whole hash at three times the size. */
  offer: (hash: string) => `${PREFIX}offer:${hash}`,
  /** A list of family ids, oldest first. */
  familiesOf: (username: string) => `${PREFIX}user:${username}`,
  notesOf: (patientId: string) => `${PREFIX}notes:${patientId}`,
  /** What the keys of a counter begin with. */
  count: (name: string) => `${PREFIX}count:${name}`,
  lastNote: () => `${PREFIX}last-note`,
}

// A key is never forgotten earlier than somebody else has asked for.
const LIBRARY = `
local function familyKey(id) return '${PREFIX}family:' .. id end

local function keep(key, ttl)
  if redis.call('PTTL', key) < tonumber(ttl) then redis.call('PEXPIRE', key, ttl) end
end

local function isLive(family, at)
  local expiresAt = redis.call('HGET', family, 'expiresAt')
  return expiresAt and tonumber(expiresAt) > tonumber(at) and redis.call('HEXISTS', family, 'revokedAt') == 0
end

local function revoke(family, at, because, ttl)
  if redis.call('EXISTS', family) == 0 or redis.call('HEXISTS', family, 'revokedAt') == 1 then return 0 end
  redis.call('HSET', family, 'revokedAt', at, 'revokedBecause', because)
  redis.call('HINCRBY', family, 'version', 1)
  local user = '${PREFIX}user:' .. redis.call('HGET', family, 'username')
  redis.call('LREM', user, 1, redis.call('HGET', family, 'id'))
  if redis.call('PTTL', family) > tonumber(ttl) then redis.call('PEXPIRE', family, ttl) end
  return 1
end

local function use(family, at)
  if tonumber(redis.call('HGET', family, 'lastUsedAt')) < tonumber(at) then
    redis.call('HSET', family, 'lastUsedAt', at)
  end
end
`

/** The arguments are first the keys, then all else; \`KEYS\` and \`ARGV\` of the script. */
function script(source: string) {
  return defineScript({
    SCRIPT: LIBRARY + source,
    parseCommand(parser: CommandParser, keys: readonly string[], args: readonly string[]) {
      parser.push(`${keys.length}`)
      for (const key of keys) parser.pushKey(key)
      parser.push(...args)
    },
    transformReply: (reply: unknown) => reply,
  })
}

/**
 * Each script is one atomic step. Those that change a session which was judged before take the version that was judged
 * and give 0, with nothing changed, if it is another by now: who rotates or revokes counts it up.
 */
export const scripts = {
  /** KEYS token, its offer; gives the fields of the token, of its family, and of the offer. */
  findToken: script(`
local token = redis.call('HGETALL', KEYS[1])
if #token == 0 then return {} end
local family = redis.call('HGETALL', familyKey(redis.call('HGET', KEYS[1], 'familyId')))
return { token, family, redis.call('HGETALL', KEYS[2]) }`),

  /** KEYS list of the user; gives the fields of each family. */
  familiesOf: script(`
local families = {}
for i, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do families[i] = redis.call('HGETALL', familyKey(id)) end
return families`),

  /** KEYS family, token, list of the user; ARGV id, at, maxSessions, ttl, ttl of what ends, fields of both. */
  addFamily: script(`
local id, at, maxSessions, ttl, ttlOfEnded = unpack(ARGV, 1, 5)
local fields = tonumber(ARGV[6])
redis.call('HSET', KEYS[1], unpack(ARGV, 7, 6 + fields))
redis.call('HSET', KEYS[2], unpack(ARGV, 7 + fields))
for i = 1, 2 do redis.call('PEXPIRE', KEYS[i], ttl) end
local live = {}
for _, other in ipairs(redis.call('LRANGE', KEYS[3], 0, -1)) do
  if isLive(familyKey(other), at) then live[#live + 1] = other else redis.call('LREM', KEYS[3], 1, other) end
end
local ended = {}
for i = 1, #live + 1 - tonumber(maxSessions) do
  ended[i] = redis.call('HGETALL', familyKey(live[i]))
  revoke(familyKey(live[i]), at, 'session-limit', ttlOfEnded)
end
redis.call('RPUSH', KEYS[3], id)
keep(KEYS[3], ttl)
return ended`),

  /** KEYS family; ARGV at, because, ttl. */
  revokeFamily: script('return revoke(KEYS[1], unpack(ARGV))'),

  /** KEYS family; ARGV version, at, because, ttl. */
  revokeJudged: script(`
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
return revoke(KEYS[1], unpack(ARGV, 2))`),

  /** KEYS family; ARGV version, at. */
  keepJudged: script(`
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
use(KEYS[1], ARGV[2])
return 1`),

  /**
   * KEYS family, spent token, its offer, its successor, the offer of its predecessor if it has one; ARGV version, at,
   * usedAt, ttl, fields of the offer, fields of the successor.
   */
  rotateJudged: script(`
local version, at, usedAt, ttl = unpack(ARGV, 1, 4)
if redis.call('HGET', KEYS[1], 'version') ~= version then return 0 end
local offer = tonumber(ARGV[5])
redis.call('HINCRBY', KEYS[1], 'version', 1)
use(KEYS[1], at)
if KEYS[5] then redis.call('DEL', KEYS[5]) end
redis.call('DEL', KEYS[3])
redis.call('HSET', KEYS[2], 'usedAt', usedAt)
redis.call('HSET', KEYS[4], unpack(ARGV, 6 + offer))
redis.call('PEXPIRE', KEYS[4], ttl)
if offer > 0 then
  redis.call('HSET', KEYS[3], unpack(ARGV, 6, 5 + offer))
  redis.call('PEXPIRE', KEYS[3], ttl)
  keep(KEYS[2], ttl)
end
return 1`),
}
