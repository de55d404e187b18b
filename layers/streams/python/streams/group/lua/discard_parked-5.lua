#!lua flags=allow-oom
--[[ discard_parked-5.lua: move one entry from the parked stream to the discarded one, with who did it and why.
  KEYS: 1 the parked stream, 2 the hash of parked keys, 3 the hash of parked ids, 4 the hash of failed retries,
        5 the discarded stream.
  ARGV: 1 the parked id, 2 the ordering key, 3 the reason given, 4 who gave it, 5 milliseconds since 1970-01-01 UTC.
  It runs on a server that is full, too: it takes about as much memory as it frees.
  Returns the id in the discarded stream, or false where nothing is parked under that id. ]]
local parked, keys, ids, retried, discarded = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local found = redis.call('XRANGE', parked, ARGV[1], ARGV[1])[1]
if not found then return false end
local fields = found[2]
for i = 1, #fields, 2 do
  if fields[i] == 'source_id' then redis.call('HDEL', ids, fields[i + 1]) end
end
for _, value in ipairs({'parked_id', ARGV[1], 'discard_reason', ARGV[3], 'discarded_by', ARGV[4],
                        'discarded_at_ms', ARGV[5]}) do
  fields[#fields + 1] = value
end
-- Lua hands a call some 8,000 values at most: park_entries-4.lua keeps a parked entry far below that.
local id = redis.call('XADD', discarded, '*', unpack(fields))
redis.call('XDEL', parked, ARGV[1])
redis.call('HDEL', retried, ARGV[1])
if redis.call('HINCRBY', keys, ARGV[2], -1) <= 0 then redis.call('HDEL', keys, ARGV[2]) end
return id
