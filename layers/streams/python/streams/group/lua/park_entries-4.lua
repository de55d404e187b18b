#!lua flags=allow-oom
--[[ park_entries-4.lua: copy entries to the parked stream and acknowledge them, as one step.
  KEYS: 1 the stream, 2 the parked stream, 3 the hash of parked keys, 4 the hash of parked ids.
  ARGV: 1 consumer group, 2 consumer, 3 milliseconds since 1970-01-01 UTC, then of each entry seven: id, key, reason,
        error type, error, trace, attempts.
  An entry with the reason BehindParkedEvent is parked only while something of its key still is.
  Each field of the entry becomes `field:<name>`; those of one with very many become the one field `netstrings`: name
  and value in turn, each as `<bytes>:<content>,`.
  Returns of each entry, in order: its parked id, or 'free' (nothing is parked for its key any more; it stays pending),
  'gone' (its content was deleted; acknowledged all the same), 'other' (it is not pending with this consumer).
  It runs on a server that is out of memory too (allow-oom): what cannot be set aside would stop everybody else. ]]
local stream, parked, keys, ids = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, consumer, now_ms = ARGV[1], ARGV[2], ARGV[3]
local VALUES_MAX = 1000  -- Lua hands a call some 8,000 values at most; discarding adds some of its own

local function is_ours(id)
  local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
  return pending and pending[2] == consumer
end

local function netstrings(values)
  local parts = {}
  for i, value in ipairs(values) do
    parts[i] = #value .. ':' .. value .. ','
  end
  return table.concat(parts)
end

local function add_original(fields, original)
  if #original > VALUES_MAX then
    original = {'netstrings', netstrings(original)}
  else
    for i = 1, #original, 2 do
      original[i] = 'field:' .. original[i]
    end
  end
  for _, value in ipairs(original) do
    fields[#fields + 1] = value
  end
end

local function copy(id, key, reason, error_type, message, trace, attempts)
  local found = redis.call('XRANGE', stream, id, id)[1]
  if not found then return 'gone' end
  local fields = {'stream', stream, 'source_id', id, 'key', key, 'reason', reason, 'error_type', error_type,
                  'error', message, 'trace', trace, 'attempts', attempts, 'parked_at_ms', now_ms}
  add_original(fields, found[2])
  local parked_id = redis.call('XADD', parked, '*', unpack(fields))
  redis.call('HINCRBY', keys, key, 1)
  redis.call('HSET', ids, id, parked_id)
  return parked_id
end

local function park(id, key, reason, ...)
  if not is_ours(id) then return 'other' end
  if reason == 'BehindParkedEvent' and redis.call('HEXISTS', keys, key) == 0 then return 'free' end
  -- A group that was made again at its checkpoint delivers again what is parked already.
  local answer = redis.call('HGET', ids, id) or copy(id, key, reason, ...)
  redis.call('XACK', stream, group, id)
  return answer
end

local answers = {}
for i = 4, #ARGV, 7 do
  answers[#answers + 1] = park(unpack(ARGV, i, i + 6))
end
return answers
