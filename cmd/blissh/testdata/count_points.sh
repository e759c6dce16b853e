#!/bin/sh
# Counts the points of every data channel of one scan, with redis-cli alone.
#
#   count_points.sh REDIS-CLI PORT SESSION NUMBER      (REDISCLI_AUTH: the password)
#
# Prints a line for each data channel: name and points. All of them are 8-byte
# floats here; an entry of the scan's stream whose sequence is 0 is a block of
# points with one field per data channel.
set -eu
cli=$1 port=$2 session=$3 number=$4
ask() { "$cli" --no-auth-warning -p "$port" "$@"; }

for uid in $(ask ZRANGE "blissh:{$session}:scans" 0 -1); do
  [ "$(ask HGET "blissh:{$session}:scan:$uid" number)" = "$number" ] || continue
  ask EVAL '
    local sizes, names = {}, {}
    for _, entry in ipairs(redis.call("XRANGE", KEYS[1], "-", "+")) do
      if string.match(entry[1], "%-0$") then
        for i = 1, #entry[2], 2 do
          local name = entry[2][i]
          if not sizes[name] then sizes[name] = 0; names[#names + 1] = name end
          sizes[name] = sizes[name] + #entry[2][i + 1]
        end
      end
    end
    table.sort(names)
    for i, name in ipairs(names) do names[i] = name .. " " .. sizes[name] / 8 end
    return names' 1 "blissh:{$session}:scan:$uid:stream"
done
