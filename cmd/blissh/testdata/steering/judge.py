"""Reads the newest scan of a session as docs/data.md describes it and looks for
whatever in its record does not fit: judge.py SESSION LOW HIGH. LOW and HIGH are the
limits of the first axis. On the standard input are answers that senders have read,
by the name of the request. Prints a summary; "wrong" in it is a list."""

import collections, json, math, os, re, struct, sys, time
import redis

session, low, high = "blissh:{%s}" % sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
store = redis.Redis.from_url(os.environ["BLISSH_STORE"])
answers = json.load(sys.stdin)
END = "9007199254740991-1"
FREE = ("stop", "pause", "resume", "go_on")
wrong = []


def check(right, *what):
    if not right and len(wrong) < 20:
        wrong.append(" ".join(map(str, what)))


def wait_for(what, ready):
    limit = time.monotonic() + 60
    while not ready():
        if time.monotonic() > limit:
            check(False, "no", what)
            return
        time.sleep(0.005)


uid = store.zrevrange(session + ":scans", 0, 0)[0].decode()
scan = session + ":scan:" + uid
wait_for("end", lambda: store.xrange(scan + ":stream", END, END))

# the stream: points, and what was planned for each of them
new = None
planned, first_plan, actual, elapsed, counts = {}, {}, [], [], {}
steering, paused, route = [], None, 0
count_time = 0


def within(at):
    """Nothing is outside the limits and what is allowed, nor off the line of the scan."""
    for index, (axis, x) in enumerate(zip(new["moving"], at)):
        bounds = [b for b in (new["allow"] or {"axes": []})["axes"] if b["axis"] == axis]
        reach = [p[index] for p in (first_plan[0], first_plan[max(first_plan)])] + [b["low"] for b in bounds] + [b["high"] for b in bounds]
        check(min(reach) - 2e-4 <= x <= max(reach) + 2e-4, axis, "at", x, "allowed are", min(reach), "to", max(reach))
        check(index > 0 or low - 2e-4 <= x <= high + 2e-4, axis, "at", x, "beyond a limit")
    if len(at) == 2:
        (a, b), (c, d) = first_plan[0], first_plan[max(first_plan)]
        check(abs((at[0] - a) * (d - b) - (at[1] - b) * (c - a)) < 5e-3, "off the line at", at)


def plan(path, k):
    """What is planned from point k on; what was there before is void."""
    for i in [i for i in planned if i >= k]:
        del planned[i]
    for s in path:
        for i in range(s["points"]):
            if "at" in s:
                at = s["at"][i]
            elif "start" in s:
                at = [a + (b - a) * i / max(1, s["points"] - 1) for a, b in zip(s["start"], s["stop"])]
            else:
                at = []
            planned[s["from"] + i] = at
            if first_plan:
                within(at)


def block(k, fields):
    columns = [struct.unpack("<%dd" % (len(fields[c]) // 8), fields[c]) for c in moving]
    times = struct.unpack("<%dd" % (len(fields[b"elapsed_time"]) // 8), fields[b"elapsed_time"])
    check(k - len(times) == len(actual), "a block of", len(times), "that ends at", k, "after", len(actual), "points")
    check(paused is None, "points in a pause, at", k)
    for i, t in enumerate(times):
        counts[len(actual)] = count_time
        actual.append([c[i] for c in columns])
        elapsed.append(t)


def steered(k, event):
    global count_time, paused
    steering.append((k, event))
    if event["what"] == "pause":
        check(paused is None, "paused twice at", k)
        paused = k
    if event["what"] == "resume":
        check(paused == k, "resumed at", k, "a pause at", paused)
        paused = None
    if "way" in event:
        way = event["way"]
        check(event["what"] == "applied" and event["answer"]["point"] == k, "a way at", k, "of", event)
        count_time = way["count_time"]
        plan(way["path"], k)
        check(way["planned"] == (max(planned) + 1 if planned else k), "planned:", way["planned"], "the path has", len(planned))


last = None
for entry, fields in store.xrange(scan + ":stream"):
    check(last is None or entry.decode() == END or last[0] <= int(entry.split(b"-")[0]), "order of", entry)
    k, seq = map(int, entry.split(b"-"))
    last = k, seq
    if seq == 0:
        block(k, fields)
        continue
    event, detail = fields[b"event"].decode(), json.loads(fields[b"json"])
    if event == "new":
        new, count_time = detail, detail["count_time"]
        moving = [m.encode() for m in new["moving"]]
        plan(new["path"], 0)
        first_plan = dict(planned)
    if event == "steering":
        steered(k, detail)
    if event == "end":
        end = detail
check(paused is None, "the pause at", paused, "has no end")

# every point is where the record says, and nothing outside what is allowed
allow = new["allow"]
check(end["points"] == len(actual), end["points"], "points at the end,", len(actual), "in the stream")
check(end["outcome"] != "done" or len(actual) == len(planned), "done with", len(actual), "points of", len(planned))
for i, at in enumerate(actual):
    want = planned.get(i)
    check(want is not None and all(abs(a - b) < 2e-4 for a, b in zip(at, want)), "point", i, "is at", at, "planned", want)
    after = elapsed[i] - elapsed[i - 1] if i else math.inf
    check(i == 0 or after > counts[i - 1] - 2e-4, "point", i, "came", after, "s after the one before, which takes", counts.get(i - 1))
for at in actual:
    within(at)
if allow:
    check(len(planned) <= max(allow["points"], len(first_plan)), len(planned), "points planned, allowed are", allow["points"])
    check(max(counts.values(), default=0) <= allow["count_time"] + 1e-9, "counts of", max(counts.values(), default=0))

# the hash says the same
described = {k.decode(): v.decode() for k, v in store.hgetall(scan).items()}
check(int(described["taken"]) == len(actual), "taken:", described["taken"])
check(int(described["planned"]) == len(planned), "planned:", described["planned"])

# every request has one answer, in the stream and to its sender
answered = collections.defaultdict(list)
by = collections.Counter()
for k, event in steering:
    if "answer" not in event:
        continue
    request, answer = event["request"], event["answer"]
    text = "applied at point %d" % answer["point"] if answer["applied"] else "refused: " + answer["reason"]
    answered[answer["id"]].append(text)
    by[request.get("by", "")] += 1
    check(request["id"] == answer["id"] and answer["point"] == k, "answer", answer, "at", k, "to", request)
    check(event["what"] == ("applied" if answer["applied"] else "refused"), event)
    check(request.get("time", 0) > 1e9 and event["text"].endswith(text) or "way" in event or request.get("reason"), "text", event["text"])
    if not answer["applied"]:
        continue
    check(allow or request["do"] in FREE, request, "was not allowed")
    check(request.get("scan", uid) == uid, "a foreign request was obeyed:", request)
    check(k < request.get("before_point", math.inf), "obeyed too late, at", k, ":", request)
    check(request["do"] in FREE or "way" in event, "no way after", request)

asked = collections.Counter()
for entry, fields in store.xrange(scan + ":requests"):
    try:
        request = json.loads(fields[b"json"])
        name = request["id"] if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", request["id"]) else entry.decode()
    except (KeyError, TypeError, ValueError):
        name = entry.decode()
    asked[name] += 1
late = 0
for name, n in asked.items():
    key = scan + ":answer:" + name
    told = answers.get(name, [])
    wait_for("answer to " + name, lambda: len(told) + store.llen(key) >= n)
    told = told + [json.loads(a)["text"] for a in store.lrange(key, 0, -1)]
    here = answered.pop(name, [])
    late += n - len(here)
    check(len(told) == n, n, "requests", name, "have the answers", told)
    check(sorted(told) == sorted(here + ["refused: the scan has ended"] * (n - len(here))), name, "told", told, "recorded", here)
    check(sum(t.startswith("applied") for t in told) <= 1, name, "was applied twice:", told)

# what is left was asked by the hook, the prompt, and the engine's side: the hook says which are its own
hook = lambda: json.loads(json.loads((store.xrevrange("blissh:channel:{meddled}", count=1) or [(0, {b"v": b'"{}"'})])[0][1][b"v"]))
wait_for("word of the hook", lambda: hook().get("uid") == uid)
for name, text in hook().get("answers", {}).items():
    here = answered.pop(name, [])
    # what is open when OnScanEnd is called is refused after it, or came too late for the record
    check(here == [text] if text else here in ([], ["refused: the scan is ending"]), "the hook was told", repr(text), "recorded", here)
    late += not here
    asked[name] += 1
check(not answered, "answers to nobody:", dict(answered))

print(json.dumps({"wrong": wrong, "asked": sum(asked.values()), "late": late, "points": len(actual), "by": by,
    "applied": sum(e["what"] == "applied" for _, e in steering), "outcome": end["outcome"], "reason": end["reason"],
    "at": actual[-1] if actual else []}))
