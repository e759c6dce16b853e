package store

import "github.com/redis/go-redis/v9"

// Each script is one step that must not be seen half done. A script that has
// to work on a full server begins with a write that frees or renews something:
// after it Redis lets the others pass.

// scripts are those of one DB.
type scripts struct {
	create, end, remove, usage, take, beat, release, number, reserve, answer, send *redis.Script
}

func newScripts() scripts {
	s := redis.NewScript
	return scripts{
		create: s(createScript), end: s(endScript), remove: s(removeScript), usage: s(usageScript), take: s(takeScript),
		beat: s(beatScript), release: s(releaseScript), number: s(numberScript), reserve: s(reserveScript),
		answer: s(answerScript), send: s(sendScript),
	}
}

// createScript makes the keys of a scan, unless they are there: then an earlier
// attempt, whose answer was lost, has arrived late. KEYS: stream, hash, scans,
// events, other keys of the scan. ARGV: uid, first ID, life in ms, JSON, number,
// name, how many of the other keys are array streams (the last ones), fields
// and values of the hash.
const createScript = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[2], unpack(ARGV, 8))
for i = #KEYS - ARGV[7] + 1, #KEYS do redis.call('XADD', KEYS[i], ARGV[2], 'event', 'new', 'json', ARGV[4]) end
redis.call('XADD', KEYS[1], ARGV[2], 'event', 'new', 'json', ARGV[4])
redis.call('ZADD', KEYS[3], '+inf', ARGV[1])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', 1000, '*', 'event', 'new', 'uid', ARGV[1], 'number', ARGV[5], 'name', ARGV[6])
for i = 1, #KEYS do
	if i ~= 3 and i ~= 4 then redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
end
return 1
`

// endScript ends a scan. KEYS: stream, hash, scans, events, other keys of the
// scan. ARGV: uid, expected last ID or "", end ID, life in ms, end in Unix
// seconds, JSON, points or -1 for what the stream holds, outcome, reason,
// timing, bytes or "", axes or "". The scans are in the order of the server's clock: those of
// two hosts may be apart. It answers with what it found: ended, missing, already
// (and the JSON of that end), or last (and the ID that was not expected).
const endScript = `
local e = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
if #e == 0 then return {'missing', ''} end
local last = e[1][1]
if last == ARGV[3] then return {'already', e[1][2][4] or ''} end
if ARGV[2] ~= '' and last ~= ARGV[2] then return {'last', last} end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
local points = ARGV[7]
if points == '-1' then
	local own = redis.call('XREVRANGE', KEYS[1], '999999999999-18446744073709551615', '-', 'COUNT', 1)
	points = #own > 0 and string.match(own[1][1], '^%d+') or '0'
end
local json = string.gsub(ARGV[6], '"points":%-1', '"points":' .. points)
redis.call('XADD', KEYS[1], ARGV[3], 'event', 'end', 'json', json)
redis.call('HSET', KEYS[2], 'taken', points, 'outcome', ARGV[8], 'reason', ARGV[9], 'timing', ARGV[10], 'end', ARGV[5])
if ARGV[11] ~= '' then redis.call('HSET', KEYS[2], 'bytes', ARGV[11]) end
if ARGV[12] ~= '' then redis.call('HSET', KEYS[2], 'axes', ARGV[12]) end
local now = redis.call('TIME')
redis.call('ZADD', KEYS[3], now[1] .. '.' .. string.format('%06d', now[2]), ARGV[1])
local who = redis.call('HMGET', KEYS[2], 'number', 'name')
redis.call('XADD', KEYS[4], 'MAXLEN', '~', 1000, '*', 'event', 'ended', 'uid', ARGV[1],
	'number', who[1] or '', 'name', who[2] or '')
redis.call('PEXPIRE', KEYS[2], ARGV[4])
for i = 5, #KEYS do redis.call('PEXPIRE', KEYS[i], ARGV[4]) end
return {'ended', points}
`

// removeScript deletes an ended scan. KEYS: hash, scans, events, all other keys
// of the scan. ARGV: uid. It answers 1, or 0 if the scan is running.
const removeScript = `
local who = redis.call('HMGET', KEYS[1], 'number', 'name', 'outcome')
if who[3] == '' then return 0 end
redis.call('DEL', KEYS[1])
for i = 4, #KEYS do redis.call('DEL', KEYS[i]) end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', 1000, '*', 'event', 'deleted', 'uid', ARGV[1],
	'number', who[1] or '', 'name', who[2] or '')
return 1
`

// usageScript adds up the bytes of a session's scans and forgets those that
// have expired. KEYS: scans. ARGV: what precedes a uid in the key of its hash.
const usageScript = `
local sum, n = 0, 0
for _, uid in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
	local b = redis.call('HGET', ARGV[1] .. uid, 'bytes')
	if b then
		sum, n = sum + (tonumber(b) or 0), n + 1
	else
		redis.call('ZREM', KEYS[1], uid)
	end
end
return {string.format('%.0f', sum), n}
`

// takeScript takes a session's lease. KEYS: lease, session. ARGV: token, life
// in ms, host, pid, user, since, token that may be replaced or "". It answers
// with the holder's token, host, pid and user; the token is ours if we have it.
const takeScript = `
local now = redis.call('GET', KEYS[1])
if now and now ~= ARGV[1] and now ~= ARGV[7] then
	local h = redis.call('HMGET', KEYS[2], 'host', 'pid', 'user')
	return {now, h[1] or '', h[2] or '', h[3] or ''}
end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('HSET', KEYS[2], 'host', ARGV[3], 'pid', ARGV[4], 'user', ARGV[5], 'since', ARGV[6])
redis.call('HINCRBY', KEYS[2], 'heartbeat', 1)
return {ARGV[1], '', '', ''}
`

// beatScript renews a lease that we hold. KEYS: lease, session. ARGV: token,
// life in ms. It answers 1 if renewed, 0 if nobody holds it, -1 if another does.
const beatScript = `
local now = redis.call('GET', KEYS[1])
if not now then return 0 end
if now ~= ARGV[1] then return -1 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('HINCRBY', KEYS[2], 'heartbeat', 1)
return 1
`

// releaseScript deletes KEYS[1] if it holds ARGV[1].
const releaseScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`

// numberScript gives the next scan number. KEYS: number. ARGV: at least one
// more than this.
const numberScript = `
local n = math.max(tonumber(redis.call('GET', KEYS[1]) or '0') or 0, tonumber(ARGV[1])) + 1
redis.call('SET', KEYS[1], string.format('%d', n))
return n
`

// reserveScript reserves an axis, or renews what we have reserved, also when it
// has expired meanwhile; a writer takes its session like this, too. KEYS: reservation. ARGV: ours, life in ms, one that
// may be replaced or "". It answers "" if we have it now, else who has.
const reserveScript = `
local now = redis.call('GET', KEYS[1])
if now == ARGV[1] then
	redis.call('PEXPIRE', KEYS[1], ARGV[2])
	return ''
end
if now and now ~= ARGV[3] then return now end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ''
`

// answerScript gives answers to their senders, each once. KEYS: for each answer,
// what says that it was given, and the list that its sender looks at. ARGV: life
// in ms, the answers as JSON. It gives the numbers of those that cannot be given,
// from 0 on, each with the reason.
const answerScript = `
local wrong = {}
for i = 1, #KEYS, 2 do
	redis.call('PEXPIRE', KEYS[i], ARGV[1])
	if redis.call('SET', KEYS[i], 1, 'NX', 'PX', ARGV[1]) then
		local done = redis.pcall('RPUSH', KEYS[i + 1], ARGV[(i + 3) / 2])
		if type(done) == 'table' and done.err then
			wrong[#wrong + 1] = (i - 1) / 2
			wrong[#wrong + 1] = done.err
		else
			redis.call('PEXPIRE', KEYS[i + 1], ARGV[1])
		end
	end
end
return wrong
`

// sendScript writes a request, unless an earlier attempt has. KEYS: requests,
// what says that it was written. ARGV: life of that in ms, JSON,
// life of the requests in ms if they have none: nobody may hear them.
const sendScript = `
if redis.call('SET', KEYS[2], 1, 'NX', 'PX', ARGV[1]) then
	local id = redis.call('XADD', KEYS[1], '*', 'json', ARGV[2])
	if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
	return id
end
return false
`
