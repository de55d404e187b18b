#!lua flags=allow-oom
--[[ save_checkpoint-1.lua: keep up to where a group is done. A few bytes, also on a server that is out of memory: what
     gives memory back, trimming, stays behind this.
  KEYS: 1 the hash.  ARGV: 1 the id, 2 the stream. ]]
redis.call('HSET', KEYS[1], 'entry_id', ARGV[1], 'stream', ARGV[2])
return 1
