#!lua flags=allow-oom
--[[ trim_stream-N.lua: remove the oldest entries of a stream unless somebody may still need them, looked at in the same
     step: a group may be reset, made or removed at any moment before it.
  It runs on a server that is out of memory too (allow-oom): it is what gives memory back.
  KEYS: 1 the stream, ids <position>-0, 2 … 1+n the checkpoint (a hash) of each group that the caller knows of.
  ARGV: 1 the position to keep from, 2 how many of the groups are required, 3 … 2+n the names of the groups, those that
        are required first. A required one must be there, and have a checkpoint.
  Returns {'trimmed', how many entries} or, having removed nothing, {'held', what holds it}. ]]
local FIRST_NAME = 3
local stream, keep_from, required = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])

if not keep_from or not required or #KEYS ~= #ARGV - FIRST_NAME + 2 or required > #KEYS - 1 then
  return redis.error_reply('ERR trim_stream was called with other keys or arguments than its header says')
end

local function position_of(id)
  return tonumber(string.match(id, '^(%d+)'))
end

-- A reply of XINFO as a table by name.
local function fields_of(reply)
  local fields = {}
  for i = 1, #reply, 2 do fields[reply[i]] = reply[i + 1] end
  return fields
end

-- The position up to which the group acknowledged everything.
local function done_to(group)
  local oldest = redis.call('XPENDING', stream, group.name)[2]
  return oldest and position_of(oldest) - 1 or position_of(group['last-delivered-id'])
end

-- The position behind which the group would be made again, nil where none is recorded for this stream.
local function checkpoint_of(key)
  local recorded = redis.call('HMGET', key, 'stream', 'entry_id')
  return recorded[1] == stream and recorded[2] and position_of(recorded[2]) or nil
end

local kind = redis.call('TYPE', stream).ok
if kind == 'none' and required == 0 then return {'trimmed', 0} end
if kind ~= 'stream' then return {'held', stream .. ' is not there'} end

local there = {}
for _, reply in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local group = fields_of(reply)
  there[group.name] = group
end

for i = 1, #KEYS - 1 do
  local name = ARGV[FIRST_NAME + i - 1]
  local group, checkpoint = there[name], checkpoint_of(KEYS[1 + i])
  if i <= required and not group then return {'held', 'missing group ' .. name} end
  if group and done_to(group) < keep_from then return {'held', 'group ' .. name} end
  if group then
    if i <= required and not checkpoint then return {'held', 'missing checkpoint of ' .. name} end
    if checkpoint and checkpoint < keep_from then return {'held', 'checkpoint of ' .. name} end
  end
  there[name] = nil
end

local unknown = next(there)
if unknown then return {'held', 'new group ' .. unknown} end
return {'trimmed', redis.call('XTRIM', stream, 'MINID', '=', ARGV[1] .. '-0')}
