/**
 * The invalidation log of all processes, in Redis: one sorted set of tags by the number of their last invalidation.
 * Its other members: `#seq`, the count of invalidations; `#floor`, the number of the latest tag that was forgotten (the
 * set is bounded); `#epoch`, a large random number that tells one life of the log from another. All in one key, so that
 * it is lost as a whole or not at all, by a restart or by eviction: another epoch voids every entry of the last one.
 *
 * Entries are hashes: `e` and `s`, epoch and number when their load began; `t`, tags; `v`, the value; `fresh` and `any`,
 * how many milliseconds before its end it stops to be fresh, and to be served without being loaded. Leases are hashes with the same `e`, `s`, `t`, and `o`, their owner.
 */
const prelude = `
local log = KEYS[1]
local epoch = redis.call('zscore', log, '#epoch')
if not epoch then
  redis.call('zadd', log, ARGV[1], '#epoch', 0, '#seq')
  epoch = redis.call('zscore', log, '#epoch')
end
local seq = redis.call('zscore', log, '#seq')
local floor = tonumber(redis.call('zscore', log, '#floor') or 0)
local function void(at, tags)
  if tonumber(at) < floor then return true end
  for _, tag in ipairs(cmsgpack.unpack(tags)) do
    local last = redis.call('zscore', log, 't' .. tag)
    if last and tonumber(last) > tonumber(at) then return true end
  end
  return false
end
`

/**
 * KEYS: log, then entry and lease of each key. ARGV: epoch to begin with, token of the lease, its milliseconds, `fresh`
 * where an entry that is past its soft TTL won't do, else `any`, then each key's own tag. Replies epoch and number, then
 * four of each key: value, tags and milliseconds to live of an entry that was not invalidated, or nils; and whether to
 * load it: 0 no need, 1 the lease was taken, 2 another process holds it.
 */
const read = `${prelude}
local function lease(key, tags)
  local held = redis.call('hmget', key, 'e', 's', 't')
  if held[1] == epoch and not void(held[2], held[3]) then return 2 end
  redis.call('hset', key, 'o', ARGV[2], 'e', epoch, 's', seq, 't', tags)
  redis.call('pexpire', key, ARGV[3])
  return 1
end
local out = { epoch, seq }
for i = 2, #KEYS, 2 do
  local kept = redis.call('hmget', KEYS[i], 'e', 's', 't', 'v', ARGV[4])
  local left = kept[1] == epoch and not void(kept[2], kept[3]) and redis.call('pttl', KEYS[i]) or 0
  local need = 0
  if left <= tonumber(kept[5] or 0) then
    need = lease(KEYS[i + 1], kept[3] or cmsgpack.pack({ ARGV[4 + i / 2] }))
  end
  local from = #out
  out[from + 1] = left > 0 and kept[4]
  out[from + 2] = left > 0 and kept[3]
  out[from + 3] = left
  out[from + 4] = need
end
return out`

/**
 * KEYS: as of `read`. ARGV: epoch to begin with, token, epoch and number when the load began, then of each key: tags, value,
 * milliseconds to live, and those of them in which it is not `fresh` and not `any`. Keeps nothing that was invalidated since, and
 * gives back the leases. An empty list of tags gives a lease back and keeps nothing.
 */
const write = `${prelude}
for i = 2, #KEYS, 2 do
  local at = 5 * i / 2
  if ARGV[at] ~= '' and ARGV[3] == epoch and not void(ARGV[4], ARGV[at]) then
    redis.call('hset', KEYS[i], 'e', epoch, 's', ARGV[4], 't', ARGV[at], 'v', ARGV[at + 1], 'fresh', ARGV[at + 3], 'any', ARGV[at + 4])
    redis.call('pexpire', KEYS[i], ARGV[at + 2])
  end
  if redis.call('hget', KEYS[i + 1], 'o') == ARGV[2] then redis.call('del', KEYS[i + 1]) end
end`

/** KEYS: log. ARGV: epoch to begin with, how many members the log may have, tags. Replies epoch and number. */
const invalidate = `${prelude}
seq = redis.call('zincrby', log, #ARGV > 2 and 1 or 0, '#seq')
for i = 3, #ARGV do redis.call('zadd', log, seq, 't' .. ARGV[i]) end
local over = redis.call('zcard', log) - tonumber(ARGV[2])
if over > 0 then
  local last = redis.call('zrange', log, over - 1, over - 1, 'withscores')
  redis.call('zremrangebyrank', log, 0, over - 1)
  redis.call('zadd', log, last[2], '#floor')
end
return { epoch, seq }`

export const redisScripts = {
  readEntries: { lua: read },
  writeEntries: { lua: write },
  invalidateTags: { lua: invalidate, numberOfKeys: 1 },
} as const
