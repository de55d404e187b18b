#!lua flags=allow-oom
--[[ keep_alive-1.lua: tell the group that a consumer still works on what is pending with it.
  KEYS: 1 the stream.  ARGV: 1 consumer group, 2 consumer, 3 first id (XPENDING's form), 4 at most how many.
  Sets their idle time to 0 and leaves their delivery counts. Only what is this consumer's by now is touched: what
  another took over meanwhile stays the other's. Returns the last id, or false where there was none. ]]
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], '+', ARGV[4], ARGV[2])
local ids = {}
for i, entry in ipairs(pending) do ids[i] = entry[1] end
if #ids == 0 then return false end
ids[#ids + 1] = 'JUSTID'
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, unpack(ids))
return ids[#ids - 1]
