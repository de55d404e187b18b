#!lua
--[[ name_log-2.lua: give a log that has no id yet one, unless it went back since the caller looked at it.
  KEYS: 1 the log's id, 2 the counter of positions.  ARGV: 1 the id to give, 2 the position the caller saw.
  Returns {'named', the id the log has now: ours or the one that another process gave first} or, having written nothing,
  {'went_back', the log's position}. ]]
local position = tonumber(redis.call('GET', KEYS[2]) or '0')
if not position or position < tonumber(ARGV[2]) then
  return {'went_back', string.format('%.0f', position or 0)}
end
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return {'named', redis.call('GET', KEYS[1])}
