"""Asks a running scan for anything, right or wrong, as docs/steering.md shows it:
asker.py SESSION SEED COUNT. Says "ready", waits for a line, asks, and prints what
was answered to each request."""

import json, os, random, sys, time
import redis

session, seed, count = "blissh:{%s}" % sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store = redis.Redis.from_url(os.environ["BLISSH_STORE"])
r = random.Random(seed)


def anywhere():
    return round(r.uniform(-14, 14), 3)


def somewhere():
    return round(r.uniform(-4, 4), 3)


def valid():
    return r.choice([
        {"do": "range", "start": somewhere(), "stop": somewhere(), "intervals": r.randint(50, 300)},
        {"do": "insert", "around": somewhere(), "width": 0.5, "n": r.randint(1, 9)},
        {"do": "step", "step": r.choice([0.01, 0.02, 0.05])},
        {"do": "stop_at", "position": somewhere()},
        {"do": "skip_to", "position": somewhere()},
        {"do": "points", "points": [somewhere() for _ in range(r.randint(1, 300))]},
        {"do": "repeat", "n": r.randint(1, 3)},
        {"do": "count_time", "count_time": r.choice([0.001, 0.003, 0.005])},
        {"do": "go_on"},
    ])


def wrong():
    return r.choice([
        {"do": "range", "start": anywhere(), "stop": anywhere(), "intervals": r.randint(1, 2000)},
        {"do": "points", "points": [anywhere(), anywhere()]},
        {"do": "points", "points": [[1, 2, 3]]},
        {"do": "count_time", "count_time": 30},
        {"do": "insert", "around": 0, "width": 1, "n": 10 ** 9},
        {"do": "range", "axis": "roby", "start": 0, "stop": 1},
        {"do": "step", "step": 0},
        {"do": "jump"},
        {"do": "stop", "scan": "20200101T000000.000-0123456789abcdef"},
        {"do": "stop", "before_point": 0},
        {"do": "repeat", "position": 3},
        {"do": "range", "start": "here", "stop": 2},
        {"do": "pause", "until": "tomorrow"},
        {},
        [],
    ])


def sent(request):
    """Adds an entry; returns the name of the request."""
    entry = store.xadd(scan + ":requests", {"json": json.dumps(request)}).decode()
    return request["id"] if isinstance(request, dict) and "id" in request else entry


print("ready", flush=True)
sys.stdin.readline()
uid = store.zrangebyscore(session + ":scans", "+inf", "+inf")
if not uid:  # it has ended already: the newest one
    uid = store.zrevrange(session + ":scans", 0, 0)
scan = session + ":scan:" + uid[0].decode()
names, paused = [], False
for i in range(count):
    if paused and r.random() < 0.6:
        request, paused = {"do": "resume"}, False
    elif r.random() < 0.06:
        request, paused = {"do": "pause", "reason": "not yet"}, True
    else:
        request = valid() if r.random() < 0.6 else wrong()
    if isinstance(request, dict):
        request["by"] = "asker.py"
        if r.random() < 0.15:
            request["id"] = "asker-%d" % r.randint(0, 4)  # often doubled
        if r.random() < 0.1:
            request["before_point"] = r.randint(0, 60)
        if r.random() < 0.1:
            request["within"] = r.choice([0, 0.01, 5])
    names.append(sent(request))
    time.sleep(r.random() * 0.06)
if paused:
    names.append(sent({"do": "resume", "by": "asker.py"}))
answers = {}
for name in names:
    _, answer = store.blpop(scan + ":answer:" + name, timeout=60)
    answers.setdefault(name, []).append(json.loads(answer)["text"])
print(json.dumps(answers), flush=True)
