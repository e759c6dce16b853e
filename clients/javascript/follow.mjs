// Follows a session of blissh and prints its points; when a value goes above a
// limit, sets a shared channel to true, or sends the scan a request (docs/steering.md)
// and prints the answer. Nothing but Node.js 18 is needed: this is docs/data.md,
// read over a plain socket.
//
//   node follow.mjs SESSION [COUNTER LIMIT SHARED_CHANNEL|REQUEST]
//   node follow.mjs demo_session diode1 50 '{"do": "stop", "reason": "enough"}'
//
// The store is the one that BLISSH_STORE names, else this user's own.
import crypto from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";

const [session, counter, limit, then = ""] = process.argv.slice(2);

// connect gives a function that sends one command and returns its reply: text as
// Buffer, lists as arrays.
async function connect(url) {
  const socket = net.connect(Number(url.port || 6379), url.hostname || "127.0.0.1");
  const waiting = [];
  let bytes = Buffer.alloc(0);
  const fail = (err) => waiting.splice(0).forEach((w) => w.reject(err));
  socket.on("error", fail).on("close", () => fail(new Error("the connection is closed")));
  socket.on("data", (more) => {
    bytes = Buffer.concat([bytes, more]);
    for (let r; waiting.length && (r = reply(bytes, 0)); bytes = bytes.subarray(r.end)) {
      const w = waiting.shift();
      r.value instanceof Error ? w.reject(r.value) : w.resolve(r.value);
    }
  });
  const send = (...words) => new Promise((resolve, reject) => {
    waiting.push({ resolve, reject });
    const parts = words.map((w) => Buffer.from(String(w)));
    socket.write(Buffer.concat([Buffer.from(`*${parts.length}\r\n`), ...parts.flatMap((p) => [Buffer.from(`$${p.length}\r\n`), p, Buffer.from("\r\n")])]));
  });
  const secret = decodeURIComponent(url.password), user = decodeURIComponent(url.username);
  if (secret) await send("AUTH", ...(user ? [user, secret] : [secret]));
  return send;
}

// reply decodes the reply that begins at a place; null if it is not all there.
function reply(b, at) {
  const line = b.indexOf("\r\n", at);
  if (line < 0) return null;
  const head = b.toString("utf8", at + 1, line), n = Number(head);
  let end = line + 2;
  switch (String.fromCharCode(b[at])) {
    case "-": return { value: new Error(head), end };
    case "+": return { value: Buffer.from(head), end };
    case ":": return { value: n, end };
    case "$":
      if (n < 0) return { value: null, end };
      return b.length < end + n + 2 ? null : { value: b.subarray(end, end + n), end: end + n + 2 };
    case "*":
      if (n < 0) return { value: null, end };
      for (var list = []; list.length < n; ) {
        const r = reply(b, end);
        if (!r) return null;
        list.push(r.value);
        end = r.end;
      }
      return { value: list, end };
  }
  throw new Error("not a Redis server");
}

// values turns the bytes of a block into numbers.
const readers = { f8: "readDoubleLE", f4: "readFloatLE", i8: "readBigInt64LE", u8: "readBigUInt64LE", i4: "readInt32LE", u4: "readUInt32LE", i2: "readInt16LE", u2: "readUInt16LE", i1: "readInt8", u1: "readUInt8" };
function values(dtype, b) {
  const kind = dtype.slice(1), size = Number(kind[1]);
  return Array.from({ length: b.length / size }, (_, i) => Number(b[readers[kind]](i * size)));
}

const fields = (list) => Object.fromEntries(list.flatMap((name, i) => (i % 2 ? [] : [[name.toString(), list[i + 1]]])));

const run = process.env.XDG_RUNTIME_DIR ? `${process.env.XDG_RUNTIME_DIR}/blissh` : `${os.tmpdir()}/blissh-${process.getuid()}`;
const url = new URL(process.env.BLISSH_STORE || JSON.parse(fs.readFileSync(`${run}/store.json`)).url);
const blocking = await connect(url), store = await connect(url), answers = await connect(url);
const key = `blissh:{${session}}`;
const last = await store("XREVRANGE", `${key}:events`, "+", "-", "COUNT", 1);
const at = { [`${key}:events`]: last.length ? last[0][0].toString() : "0-0" };
for (const uid of await store("ZRANGEBYSCORE", `${key}:scans`, "+inf", "+inf")) at[`${key}:scan:${uid}:stream`] = "0-0";
const scans = {}; // by stream: the description
const asked = new Set(); // streams of the scans that were sent a request

// ask sends a running scan a request, in units of its axes and s, and waits for the
// answer: it comes between two points. Sent again under its id it is obeyed once.
async function ask(uid, request, seconds) {
  const scan = `${key}:scan:${uid}`, id = crypto.randomUUID();
  await store("XADD", `${scan}:requests`, "*", "json", JSON.stringify({ id, by: "follow.mjs", host: os.hostname(), scan: uid, ...request }));
  const answer = await answers("BLPOP", `${scan}:answer:${request.id ?? id}`, seconds);
  return answer ? JSON.parse(answer[1]) : { id, applied: false, text: `no answer within ${seconds} s` };
}

// entry handles one entry of a scan.
async function entry(stream, id, f) {
  const [k, seq] = id.split("-").map(Number);
  if (seq > 0) {
    const detail = JSON.parse(f.json);
    if (f.event == "new") scans[stream] = detail;
    if (f.event == "end") delete at[stream];
    return console.log(f.event.toString(), f.event == "new" ? `${detail.number} ${detail.title}` : f.event == "end" ? `${detail.outcome} ${detail.points} points` : "");
  }
  const scalars = scans[stream].channels.filter((c) => c.shape.length == 0);
  const columns = scalars.map((c) => values(c.dtype, f[c.name]));
  for (let i = 0; i < columns[0].length; i++) {
    console.log("point", k - columns[0].length + i, ...scalars.map((c, j) => `${c.name}=${columns[j][i]}`));
  }
  const watched = scalars.findIndex((c) => c.name == counter);
  if (watched < 0 || !columns[watched].some((v) => v > Number(limit))) return;
  if (!then.startsWith("{")) await store("XADD", `blissh:channel:{${then}}`, "MAXLEN", 1, "*", "v", "true");
  else if (!asked.has(stream)) {
    asked.add(stream);
    const request = JSON.parse(then);
    ask(scans[stream].uid, request, 60).then((answer) => console.log("asked for", request.do + ":", answer.text));
  }
}

while (true) {
  const streams = Object.keys(at);
  const answer = await blocking("XREAD", "BLOCK", 2000, "STREAMS", ...streams, ...streams.map((s) => at[s]));
  for (const [stream, entries] of answer ?? []) {
    for (const [id, list] of entries) {
      at[stream] = id.toString();
      const f = fields(list);
      if (stream != `${key}:events`) await entry(stream.toString(), id.toString(), f);
      else if (f.event == "new") at[`${key}:scan:${f.uid}:stream`] ??= "0-0";
    }
  }
}
