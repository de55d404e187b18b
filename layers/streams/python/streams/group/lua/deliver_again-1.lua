#!lua flags=allow-oom
--[[ deliver_again-1.lua: deliver pending entries once more, but only those that this consumer still has.
  KEYS: 1 the stream.  ARGV: 1 consumer group, 2 consumer, 3 … ids.
  Returns of each id, in order, how often it was delivered by now, and its fields: none where its content was deleted.
  Instead of how often: 0 where it is pending with another consumer, -1 where it is not pending at all.
  It runs on a server that is out of memory too (allow-oom), as every script here that adds nothing. ]]
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
local answers = {}
for i = 3, #ARGV do
  local pending = redis.call('XPENDING', stream, group, ARGV[i], ARGV[i], 1)[1]
  local answer = {pending and 0 or -1, {}}
  if pending and pending[2] == consumer then
    local claimed = redis.call('XCLAIM', stream, group, consumer, 0, ARGV[i])[1]
    answer = {pending[4] + 1, claimed and claimed[2] or {}}
  end
  answers[#answers + 1] = answer
end
return answers
