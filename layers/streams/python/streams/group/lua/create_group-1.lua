#!lua
--[[ create_group-1.lua: create a group behind an id, with the count of entries that it needs not read any more.
  Without that count Redis cannot tell a lag, and we not whether entries were trimmed that the group never read.
  KEYS: 1 the stream.  ARGV: 1 consumer group, 2 the id.  Returns 1 where it was created, 0 where it was there. ]]
local stream, group, start = KEYS[1], ARGV[1], ARGV[2]
local added, left = 0, 0
if redis.call('EXISTS', stream) == 1 then
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == 'entries-added' then added = info[i + 1] end
  end
  local after = start
  repeat
    local page = redis.call('XRANGE', stream, '(' .. after, '+', 'COUNT', 1000)
    left = left + #page
    if #page > 0 then after = page[#page][1] end
  until #page == 0
end
local made = redis.pcall('XGROUP', 'CREATE', stream, group, start, 'MKSTREAM', 'ENTRIESREAD', added - left)
if made.err then
  if string.match(made.err, 'BUSYGROUP') then return 0 end
  return redis.error_reply(made.err)
end
return 1
