import { type CommandParser, defineScript } from '@redis/client'

const PREFIX = 'token-manager:'

/** All keys. Redis Cluster is not supported, because a script uses all keys of a session. */
export const keys = {
  family: (id: string) => `${PREFIX}family:${id}`,
  token: (hash: string) => `${PREFIX}token:${hash}`,
  /** The replay offer of a spent token. A separate key, because one long field triples the size of a whole hash in Redis. */
  offer: (hash: string) => `${PREFIX}offer:${hash}`,
  /** A list of family ids, oldest first. */
  familiesOf: (username: string) => `${PREFIX}user:${username}`,
  notesOf: (patientId: string) => `${PREFIX}notes:${patientId}`,
  /** The prefix of the keys of a counter. */
  count: (name: string) => `${PREFIX}count:${name}`,
  lastNote: () => `${PREFIX}last-note`,
  audit: () => `${PREFIX}audit`,
  /** The number of a user in the audit trail. The next key maps the number back to the user. */
  auditSubject: (username: string) => `${PREFIX}audit:subject:${username}`,
  auditUsername: (subject: string) => `${PREFIX}audit:username:${subject}`,
  /** The number of an address of a user. The next key maps the number back to the address. */
  auditPlace: (subject: string, address: string) => `${PREFIX}audit:place:${subject}:${address}`,
  auditAddress: (subject: string, place: string) => `${PREFIX}audit:address:${subject}:${place}`,
}

// `keep` never shortens the time to live of a key.
const LIBRARY = `
local function familyKey(id) return '${PREFIX}family:' .. id end

local function keep(key, ttl)
  if redis.call('PTTL', key) < tonumber(ttl) then redis.call('PEXPIRE', key, ttl) end
end

local function isLive(family, at)
  local expiresAt = redis.call('HGET', family, 'expiresAt')
  return expiresAt and tonumber(expiresAt) > tonumber(at) and redis.call('HEXISTS', family, 'revokedAt') == 0
end

local function isRevocable(family)
  return redis.call('EXISTS', family) == 1 and redis.call('HEXISTS', family, 'revokedAt') == 0
end

local function revoke(family, at, because, ttl)
  redis.call('HSET', family, 'revokedAt', at, 'revokedBecause', because)
  redis.call('HINCRBY', family, 'version', 1)
  local user = '${PREFIX}user:' .. redis.call('HGET', family, 'username')
  redis.call('LREM', user, 1, redis.call('HGET', family, 'id'))
  if redis.call('PTTL', family) > tonumber(ttl) then redis.call('PEXPIRE', family, ttl) end
end

local function use(family, at)
  if tonumber(redis.call('HGET', family, 'lastUsedAt')) < tonumber(at) then
    redis.call('HSET', family, 'lastUsedAt', at)
  end
end

-- Withdraws the offers that lead to a token, unless that was spent with their key.
local function withdrawOffers(hash, key)
  while hash do
    local offer = '${PREFIX}offer:' .. hash
    local replayKey = redis.call('HGET', offer, 'replayKey')
    if not replayKey or replayKey == key then return end
    redis.call('DEL', offer)
    hash = redis.call('HGET', '${PREFIX}token:' .. hash, 'predecessorHash')
  end
end

local function numberOf(key, new, ttl)
  local number = redis.call('GET', key)
  if not number then
    number = tostring(redis.call('INCR', '${PREFIX}audit:last-' .. new))
    redis.call('SET', key, number)
  end
  redis.call('PEXPIRE', key, ttl)
  return number
end

-- Ids of a stream must not decrease, even if the clock of a process is late.
local function record(entries)
  for _, one in ipairs(cjson.decode(entries)) do
    local fields = { 'entry', one.entry }
    if one.username then
      local subject = numberOf('${PREFIX}audit:subject:' .. one.username, 'subject', one.ttl)
      redis.call('SET', '${PREFIX}audit:username:' .. subject, one.username, 'PX', one.ttl)
      fields[3], fields[4] = 'subject', subject
      if one.address then
        local place = numberOf('${PREFIX}audit:place:' .. subject .. ':' .. one.address, 'place', one.ttl)
        redis.call('SET', '${PREFIX}audit:address:' .. subject .. ':' .. place, one.address, 'PX', one.ttl)
        fields[5], fields[6] = 'place', place
      end
    elseif one.address then
      fields[3], fields[4] = 'address', one.address
    end
    local at = one.at
    local last = redis.call('XREVRANGE', '${PREFIX}audit', '+', '-', 'COUNT', 1)[1]
    if last then
      local lastAt = string.match(last[1], '^%d+')
      if tonumber(lastAt) > tonumber(at) then at = lastAt end
    end
    redis.call('XADD', '${PREFIX}audit', at .. '-*', unpack(fields))
  end
end
`

/** Defines a script. The arguments are `KEYS` and `ARGV` of the script. */
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
 * Each script is one atomic step. A script that applies a decision takes the version of the session that the decision was
 * based on. If the version is another by now, it changes nothing and returns 0; rotations and revocations increase the
 * version. The first argument holds the audit entries. They are recorded before the change, because an error in a script
 * undoes nothing.
 */
export const scripts = {
  /** KEYS token, its offer. Returns the fields of the token, of its family, and of the offer. */
  findToken: script(`
local token = redis.call('HGETALL', KEYS[1])
if #token == 0 then return {} end
local family = redis.call('HGETALL', familyKey(redis.call('HGET', KEYS[1], 'familyId')))
return { token, family, redis.call('HGETALL', KEYS[2]) }`),

  /** KEYS list of the user. Returns the fields of each family. */
  familiesOf: script(`
local families = {}
for i, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do families[i] = redis.call('HGETALL', familyKey(id)) end
return families`),

  /**
   * KEYS family, token, list of the user; ARGV entries, ids that end joined by commas, id, at, maxSessions, ttl, ttl of
   * what ends, fields of both. Returns 0, with nothing changed, if other sessions would end.
   */
  addFamily: script(`
local entries, ending, id, at, maxSessions, ttl, ttlOfEnded = unpack(ARGV, 1, 7)
local fields = tonumber(ARGV[8])
local live, gone, ended = {}, {}, {}
for _, other in ipairs(redis.call('LRANGE', KEYS[3], 0, -1)) do
  local list = isLive(familyKey(other), at) and live or gone
  list[#list + 1] = other
end
for i = 1, #live + 1 - tonumber(maxSessions) do ended[i] = live[i] end
if table.concat(ended, ',') ~= ending then return 0 end
record(entries)
redis.call('HSET', KEYS[1], unpack(ARGV, 9, 8 + fields))
redis.call('HSET', KEYS[2], unpack(ARGV, 9 + fields))
for i = 1, 2 do redis.call('PEXPIRE', KEYS[i], ttl) end
for _, other in ipairs(gone) do redis.call('LREM', KEYS[3], 1, other) end
for _, other in ipairs(ended) do revoke(familyKey(other), at, 'session-limit', ttlOfEnded) end
redis.call('RPUSH', KEYS[3], id)
keep(KEYS[3], ttl)
return 1`),

  /** KEYS family; ARGV entries, at, because, ttl. Returns 0, with nothing changed, if it is missing or revoked. */
  revokeFamily: script(`
if not isRevocable(KEYS[1]) then return 0 end
record(ARGV[1])
revoke(KEYS[1], unpack(ARGV, 2))
return 1`),

  /** ARGV entries. */
  appendAudit: script('record(ARGV[1])'),

  /** KEYS family; ARGV entries, version, at, because, ttl. */
  revokeIfUnchanged: script(`
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[2] or not isRevocable(KEYS[1]) then return 0 end
record(ARGV[1])
revoke(KEYS[1], unpack(ARGV, 3))
return 1`),

  /** KEYS family; ARGV entries, version, at. */
  keepIfUnchanged: script(`
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[2] then return 0 end
record(ARGV[1])
use(KEYS[1], ARGV[3])
return 1`),

  /**
   * KEYS family, spent token, its offer, its successor; ARGV entries, version, at, usedAt, ttl, fields of the offer, fields
   * of the successor.
   */
  rotateIfUnchanged: script(`
local entries, version, at, usedAt, ttl = unpack(ARGV, 1, 5)
if redis.call('HGET', KEYS[1], 'version') ~= version then return 0 end
local offer = tonumber(ARGV[6])
record(entries)
redis.call('HINCRBY', KEYS[1], 'version', 1)
use(KEYS[1], at)
withdrawOffers(redis.call('HGET', KEYS[2], 'predecessorHash'), offer > 0 and ARGV[8])
redis.call('DEL', KEYS[3])
redis.call('HSET', KEYS[2], 'usedAt', usedAt)
redis.call('HSET', KEYS[4], unpack(ARGV, 7 + offer))
redis.call('PEXPIRE', KEYS[4], ttl)
if offer > 0 then
  redis.call('HSET', KEYS[3], unpack(ARGV, 7, 6 + offer))
  redis.call('PEXPIRE', KEYS[3], ttl)
  keep(KEYS[2], ttl)
end
return 1`),
}
