#!lua
--[[ append_events-N.lua: append one claim's events to its stream, their types' streams and the stream of all, with the
     counter of positions and the record of the command: all or nothing.
  A script that fails half-way keeps what it wrote, so everything is checked first and nothing can fail after the first
  write. The first line has no flags on purpose: a server that is out of memory, cannot write its disk, lacks replicas
  or is a replica itself then refuses before the script begins (Valkey's page on script flags).
  KEYS: 1 the claim's stream, 2 the stream of all events, 3 the counter of positions, 4 the log's id, 5 … 4+n the stream
        of each event's type, 5+n the command's record (only where ARGV 4 is given).
  ARGV: 1 expected version, 2 the id of the log that the caller verified, 3 highest position the caller has seen in it,
        4 SHA-256 of the command in hexadecimal or '', 5 how long the command's record is kept in seconds, 6 the
        command's answer, 7 … 6+n each event.
  Returns {'appended', position of the last event}, or having written nothing {'repeated', record}, {'reused'},
  {'conflict', the claim's version}, {'went_back', the log's position} (also where the log's id is missing or another:
  it is not the log that was verified) or {'damaged', key, what is wrong with it}. ]]
local FIRST_TYPE, FIRST_EVENT = 5, 7
local count = #ARGV - FIRST_EVENT + 1
local claim, all, counter, log_id = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local expected, verified, seen = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local hash, ttl_s = ARGV[4], tonumber(ARGV[5])
local answer = ARGV[6]
local command = hash ~= '' and KEYS[FIRST_TYPE + count]

-- Lua prints 1e15 where a stream's id needs all digits.
local function digits(number)
  return string.format('%.0f', number)
end

-- The number in the id of the last entry ever added, 0 where there is no stream yet; nil and what is wrong otherwise.
-- XINFO and not the last entry: that of a trimmed stream is gone, its last id stays.
local function last_number(key)
  local kind = redis.call('TYPE', key).ok
  if kind == 'none' then return 0 end
  if kind ~= 'stream' then return nil, 'is a ' .. kind .. ' and not a stream' end
  local info = redis.call('XINFO', 'STREAM', key)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      local number = string.match(info[i + 1], '^(%d+)%-0$')
      if number then return tonumber(number) end
      return nil, 'has the last id ' .. info[i + 1] .. ', which no append gives'
    end
  end
  return nil, 'has no last id'
end

local function last_position()
  local kind = redis.call('TYPE', counter).ok
  if kind == 'none' then return 0 end
  if kind ~= 'string' then return nil, 'is a ' .. kind .. ' and not a counter' end
  local value = redis.call('GET', counter)
  if string.match(value, '^%d+$') then return tonumber(value) end
  return nil, 'is not a number'
end

-- The server checks the caller's rights command by command, which could stop a script between two writes.
local function first_forbidden()
  for i = 1, FIRST_TYPE + count - 1 do
    local may = KEYS[i] == log_id or
                KEYS[i] == counter and redis.acl_check_cmd('SET', counter, '1') or
                KEYS[i] ~= counter and redis.acl_check_cmd('XADD', KEYS[i], '1-0', 'event', '')
    if not may then return KEYS[i] end
  end
  if command and not redis.acl_check_cmd('SET', command, '', 'EX', '1') then return command end
  return nil
end

local keys_wanted = FIRST_TYPE - 1 + count + (command and 1 or 0)
if count < 1 or #KEYS ~= keys_wanted or not (expected and seen and ttl_s and ttl_s >= 1) then
  return redis.error_reply('ERR append_events was called with other keys or arguments than its header says')
end

-- Before anything is said of it: a log that was flushed or put in another's place must not even answer a repeat.
if redis.call('TYPE', log_id).ok ~= 'string' or redis.call('GET', log_id) ~= verified then
  return {'went_back', digits(last_position() or 0)}
end

if command then
  local kind = redis.call('TYPE', command).ok
  if kind == 'string' then
    local record = redis.call('GET', command)
    if string.sub(record, 1, #hash + 1) == hash .. ' ' then return {'repeated', record} end
    return {'reused'}
  elseif kind ~= 'none' then
    return {'damaged', command, 'is a ' .. kind .. ' and not the record of a command'}
  end
end

local position, wrong = last_position()
if not position then return {'damaged', counter, wrong} end
if position < seen then return {'went_back', digits(position)} end

local last, wrong_all = last_number(all)
if not last then return {'damaged', all, wrong_all} end
if last ~= position then
  return {'damaged', all, 'ends at ' .. digits(last) .. ' where the counter says ' .. digits(position)}
end

for i = FIRST_TYPE, FIRST_TYPE + count - 1 do
  local last_of_type, wrong_type = last_number(KEYS[i])
  if not last_of_type then return {'damaged', KEYS[i], wrong_type} end
  if last_of_type > position then
    return {'damaged', KEYS[i], 'ends at ' .. digits(last_of_type) .. ', beyond the counter'}
  end
end

local version, wrong_claim = last_number(claim)
if not version then return {'damaged', claim, wrong_claim} end
if version ~= expected then return {'conflict', digits(version)} end

local forbidden = first_forbidden()
if forbidden then return {'damaged', forbidden, 'may not be written by this user'} end

for i = 1, count do
  local event = ARGV[FIRST_EVENT + i - 1]
  local place = digits(position + i)
  redis.call('XADD', claim, digits(version + i) .. '-0', 'event', event, 'position', place)
  redis.call('XADD', KEYS[FIRST_TYPE + i - 1], place .. '-0', 'event', event)
  redis.call('XADD', all, place .. '-0', 'event', event)
end
local reached = digits(position + count)
redis.call('SET', counter, reached)
if command then
  local record = table.concat({hash, digits(version + count), reached, answer}, ' ')
  redis.call('SET', command, record, 'EX', digits(ttl_s))
end
return {'appended', reached}
