#!lua flags=allow-oom
--[[ remove_consumer-1.lua: remove a consumer that owns nothing. With one that does, Redis would drop what is pending.
  KEYS: 1 the stream.  ARGV: 1 consumer group, 2 consumer.  Returns 1 where it was removed, else 0. ]]
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
