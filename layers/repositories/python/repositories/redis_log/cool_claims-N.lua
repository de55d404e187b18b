#!lua flags=allow-oom
--[[ cool_claims-N.lua: empty the streams of closed claims, and of their contexts, which are in the archive, and note how
     far that is done.
  A stream is never deleted: its last id stays, and with it the claim's version, which the next append is held against.
  It runs on a server that is out of memory too (allow-oom): it is what gives memory back.
  KEYS: 1 the note, a position in the stream of closings, 2 … 1+n the streams of claims and contexts.
  ARGV: 1 the position of the last of the closings, 2 … 1+n the version at which each claim was closed, or its context's.
  Returns for each stream how many entries were removed, -1 where it went on since or a group reads its stream. ]]
local note, reached = KEYS[1], tonumber(ARGV[1])

if not reached or #KEYS ~= #ARGV then
  return redis.error_reply('ERR cool_claims was called with other keys or arguments than its header says')
end

local function is_cold_at(stream, version)
  if redis.call('TYPE', stream).ok ~= 'stream' then return false end
  local info = redis.call('XINFO', 'STREAM', stream)
  local fields = {}
  for i = 1, #info, 2 do fields[info[i]] = info[i + 1] end
  return fields['last-generated-id'] == version .. '-0' and fields.groups == 0
end

local removed = {}
for i = 2, #KEYS do
  removed[i - 1] = is_cold_at(KEYS[i], ARGV[i]) and redis.call('XTRIM', KEYS[i], 'MAXLEN', '=', 0) or -1
end
-- Of two sweeps at once the slower one must not set it back.
if reached > (tonumber(redis.call('GET', note) or '0') or 0) then redis.call('SET', note, ARGV[1]) end
return removed
