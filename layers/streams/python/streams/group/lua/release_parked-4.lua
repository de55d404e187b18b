#!lua flags=allow-oom
--[[ release_parked-4.lua: take entries out of the parked stream once they are done.
  KEYS: 1 the parked stream, 2 the hash of parked keys, 3 the hash of parked ids, 4 the hash of failed retries.
  ARGV: 1 the ordering key, 2 … the parked ids.
  Returns how many entries of the key are still parked. ]]
local parked, keys, ids, retried = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local key = ARGV[1]
for i = 2, #ARGV do
  local found = redis.call('XRANGE', parked, ARGV[i], ARGV[i])[1]
  if found then
    for j = 1, #found[2], 2 do
      if found[2][j] == 'source_id' then redis.call('HDEL', ids, found[2][j + 1]) end
    end
    redis.call('XDEL', parked, ARGV[i])
    redis.call('HDEL', retried, ARGV[i])
    redis.call('HINCRBY', keys, key, -1)
  end
end
local left = tonumber(redis.call('HGET', keys, key) or '0')
if left <= 0 then redis.call('HDEL', keys, key) end
return left
