"use strict";
// Checks a bundle of an audit log as `audit/verify.py` does: RFC 6962 trees, C2SP checkpoints, Ed25519 by WebCrypto.
(() => {
  const MOST_SHOWN = 500;
  const carried = JSON.parse(document.getElementById("bundle").textContent);
  const utf8 = new TextEncoder();
  const FIELDS = ["complete", "count", "first", "format", "generator", "last", "origin", "query", "root", "size"];
  const bytesOf = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const base64Of = (bytes) => btoa(Array.from(bytes, (part) => String.fromCharCode(part)).join(""));
  // Base64 in the one way it is written: no spaces, no slack bits, exactly so many bytes.
  const strictBytes = (text, what, count) => {
    let bytes = null;
    try { bytes = bytesOf(text); } catch { /* said below */ }
    if (!bytes || base64Of(bytes) !== text || (count && bytes.length !== count)) throw new Error(`${what} cannot be read.`);
    return bytes;
  };
  const textOf = (name) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytesOf(carried[name]));
  const linesOf = (name) => {
    const text = textOf(name);
    if (text && !text.endsWith("\n")) throw new Error(`The last line of ${name} does not end.`);
    return text.split("\n").slice(0, -1);
  };
  // JSON in the one form a bundle writes it in: a number written otherwise, a name said twice and spaces are refused.
  const jsonOf = (name) => {
    const sorted = (value) => {
      if (Array.isArray(value)) return value.map(sorted);
      if (value === null || typeof value !== "object") return value;
      return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
    };
    const text = textOf(name);
    const value = JSON.parse(text);
    if (`${JSON.stringify(sorted(value), null, 1)}\n` !== text) throw new Error(`${name} is not written as a bundle writes it.`);
    return value;
  };
  const isNumber = (value) => Number.isSafeInteger(value) && value >= 0;
  const hexOf = (bytes) => Array.from(bytes, (part) => part.toString(16).padStart(2, "0")).join("");
  const fromHex = (text) => {
    if (typeof text !== "string" || !/^[0-9a-f]{64}$/.test(text)) throw new Error("A hash of the proof cannot be read.");
    return Uint8Array.from(text.match(/../g), (part) => parseInt(part, 16));
  };
  const same = (one, other) => hexOf(one) === hexOf(other);
  const sha256 = async (...parts) => {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) { whole.set(part, at); at += part.length; }
    return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
  };
  const joined = (left, right) => sha256(Uint8Array.of(1), left, right);

  // The largest power of two below `size`, as RFC 6962 splits a tree.
  const split = (size) => { let half = 1; while (half * 2 < size) half *= 2; return half; };

  async function rootOf(leaves) {
    if (!leaves.length) return sha256();
    const stack = [];
    for (let number = 0; number < leaves.length; number += 1) {
      let hash = leaves[number];
      for (let rest = number; rest % 2 === 1; rest = (rest - 1) / 2) hash = await joined(stack.pop(), hash);
      stack.push(hash);
    }
    let root = stack.pop();
    while (stack.length) root = await joined(stack.pop(), root);
    return root;
  }

  // The root of a tree that holds `leaves` at `spans`, by `proof`; both are used up from the front.
  async function includedRoot(spans, size, leaves, proof) {
    const next = () => { if (!proof.length) throw new Error("The proof ends too early."); return proof.shift(); };
    const meets = (start, end) => spans.some(([first, until]) => first < end && until > start);
    const covers = (start, end) => spans.some(([first, until]) => first <= start && end <= until);
    let taken = 0;
    async function part(start, end) {
      if (covers(start, end)) {
        taken += end - start;
        if (taken > leaves.length) throw new Error("The list of entries ends too early.");
        return rootOf(leaves.slice(taken - (end - start), taken));
      }
      const middle = start + split(end - start);
      const meetsLeft = meets(start, middle);
      const left = meetsLeft ? await part(start, middle) : null;
      const right = meets(middle, end) ? await part(middle, end) : next();
      return joined(meetsLeft ? left : next(), right);
    }
    const root = !size ? await rootOf([]) : spans.length ? await part(0, size) : next();
    if (proof.length || taken !== leaves.length) throw new Error("There are more entries or hashes than there should be.");
    return root;
  }

  // That the tree of `old` entries begins that of `size`: RFC 6962, 2.1.2.
  async function checkGrown(old, oldRoot, size, root, proof) {
    const next = () => { if (!proof.length) throw new Error("A proof of growth ends too early."); return proof.shift(); };
    async function part(start, end, whole) {
      if (old === end) { const hash = whole ? oldRoot : next(); return [hash, hash]; }
      const middle = start + split(end - start);
      if (old <= middle) {
        const [was, left] = await part(start, middle, whole);
        return [was, await joined(left, next())];
      }
      const [was, right] = await part(middle, end, false);
      const left = next();
      return [await joined(left, was), await joined(left, right)];
    }
    const [was, now] = await part(0, size, true);
    if (proof.length || !same(was, oldRoot) || !same(now, root)) throw new Error(`The log did not grow from ${old} entries as is said.`);
  }

  async function keyOf(line) {
    const [name, id, ...rest] = line.split("+");
    const kind = strictBytes(rest.join("+"), "A key", 33);
    const known = hexOf((await sha256(utf8.encode(`${name}\n`), kind)).slice(0, 4));
    if (!name || /[\s\u0000-\u0020\u007f]/.test(name) || kind[0] !== 1 || known !== id) throw new Error("A key of the bundle cannot be read.");
    return { name, id, public: kind.slice(1) };
  }

  function signatureOf(line) {
    const found = /^\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)$/.exec(line);
    if (!found) throw new Error("A signature line of the checkpoint cannot be read.");
    const bytes = strictBytes(found[2], "A signature");
    return { name: found[1], id: hexOf(bytes.slice(0, 4)), signature: bytes.slice(4) };
  }

  // The checkpoint, signed by every key of the bundle, each once, and by nobody else.
  async function checkpointOf(note, keys) {
    const at = note.lastIndexOf("\n\n");
    if (at < 1 || !note.endsWith("\n")) throw new Error("The checkpoint does not end in signatures.");
    const [text, lines] = [note.slice(0, at + 1), note.slice(at + 2, -1).split("\n")];
    const parts = text.split("\n");
    const [origin, size, root, time] = parts;
    if (parts.length !== 5 || !/^(0|[1-9][0-9]{0,18})$/.test(size) || !isNumber(Number(size))
      || !/^time \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(time)) throw new Error("The checkpoint cannot be read.");
    const [signatures, left] = [lines.map(signatureOf), [...keys]];
    for (const { name, id, signature } of signatures) {
      const place = left.findIndex((key) => key.name === name && key.id === id);
      if (place < 0) throw new Error("The keys of the bundle are not those that signed the checkpoint.");
      const imported = await crypto.subtle.importKey("raw", left[place].public, "Ed25519", false, ["verify"]);
      if (!(await crypto.subtle.verify("Ed25519", imported, signature, utf8.encode(text)))) {
        throw new Error(`The signature of key ${id} is wrong.`);
      }
      left.splice(place, 1);
    }
    const signed = keys.find((key) => key.name === origin);
    if (left.length || !signed) throw new Error("None of the keys of the bundle has signed the checkpoint.");
    return { origin, size: Number(size), root: strictBytes(root, "The root", 32), time: time.slice(5), key: signed.id };
  }

  // The runs of numbers: rising, apart, within the log.
  function spansOf(lines, size) {
    let before = -1;
    return lines.map((line) => {
      const found = /^(0|[1-9][0-9]{0,15})-(0|[1-9][0-9]{0,15})$/.exec(line);
      const [first, end] = found ? [Number(found[1]), Number(found[2]) + 1] : [0, 0];
      if (!found || !(before < first && first < end && end <= size)) {
        throw new Error("The numbers of the entries do not rise, or lie outside of the log.");
      }
      before = end;
      return [first, end];
    });
  }

  // What the bundle says of itself is what is signed; only its question nobody signs.
  function checkAbout(about, checkpoint, spans) {
    const count = spans.reduce((sum, [first, end]) => sum + end - first, 0);
    const known = {
      complete: spans.length === 1, count, first: spans.length ? spans[0][0] : null, format: 1,
      last: spans.length ? spans[spans.length - 1][1] - 1 : null, origin: checkpoint.origin,
      root: hexOf(checkpoint.root), size: checkpoint.size,
    };
    const shaped = about && typeof about === "object" && Object.keys(about).join() === FIELDS.join()
      && about.query && typeof about.query === "object" && !Array.isArray(about.query)
      && Object.values(about.query).every((value) => typeof value === "string")
      && typeof about.generator === "string" && /^orchestr-audit [1-9][0-9]{0,5}$/.test(about.generator);
    if (!shaped || Object.entries(known).some(([name, value]) => about[name] !== value)) {
      throw new Error("What the bundle says of itself is not what the checkpoint and the numbers say.");
    }
  }

  async function checkConsistency(checkpoint) {
    let before = 0;
    const grown = jsonOf("consistency.json");
    if (!Array.isArray(grown)) throw new Error("The proofs of growth cannot be read.");
    for (const each of grown) {
      const shaped = each && typeof each === "object" && Object.keys(each).join() === "proof,root,size" && Array.isArray(each.proof)
        && isNumber(each.size) && before < each.size && each.size < checkpoint.size;
      if (!shaped) throw new Error("The proofs of growth cannot be read.");
      await checkGrown(each.size, fromHex(each.root), checkpoint.size, checkpoint.root, each.proof.map(fromHex));
      before = each.size;
    }
  }

  function say(verdict, text) {
    const place = document.getElementById("verdict");
    place.dataset.verdict = verdict;
    place.textContent = text;
  }

  function facts(about, checkpoint) {
    const told = {
      Log: checkpoint.origin, Checkpoint: `${checkpoint.size} entries, ${checkpoint.time}`, Key: checkpoint.key,
      Root: hexOf(checkpoint.root), "Query (not signed)": JSON.stringify(about.query),
      Entries: about.count ? `${about.count}, #${about.first} to #${about.last}` : "none",
      Complete: about.complete ? "no entry between the first and the last was left out"
        : "the entries are chosen; that no other answers the query is not proven",
    };
    for (const [name, value] of Object.entries(told)) {
      const [term, text] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      text.textContent = value;
      document.getElementById("facts").append(term, text);
    }
  }

  function* numbered(spans) { for (const [first, end] of spans) for (let n = first; n < end; n += 1) yield n; }

  function show(events) {
    const search = document.getElementById("search");
    const draw = () => {
      const wanted = search.value.toLowerCase();
      const found = events.filter((event) => event.text.toLowerCase().includes(wanted));
      const rows = found.slice(0, MOST_SHOWN).map(({ number, said }) => {
        const row = document.createElement("tr");
        const cells = [`#${number}`, said.at, `${said.actor.kind} ${said.actor.id}`, said.action,
          JSON.stringify(said.about), JSON.stringify(said.data)];
        for (const cell of cells) row.append(Object.assign(document.createElement("td"), { textContent: cell }));
        return row;
      });
      document.getElementById("rows").replaceChildren(...rows);
      document.getElementById("shown").textContent = `${rows.length} of ${found.length} events are shown.`;
    };
    search.disabled = false;
    search.oninput = draw;
    draw();
  }

  async function check(file, about, checkpoint, spans) {
    say("open", "Checking the entries.");
    const bytes = new Uint8Array(await file.arrayBuffer());
    const [leaves, events, numbers] = [[], [], numbered(spans)];
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(10, start);
      if (end < 0) throw new Error("The last line of the entries does not end.");
      const line = bytes.subarray(start, end);
      leaves.push(await sha256(Uint8Array.of(0), line));
      const text = new TextDecoder().decode(line);
      events.push({ number: numbers.next().value, text, line });
      start = end + 1;
    }
    const proof = linesOf("proof").map(fromHex);
    const root = await includedRoot(spans, checkpoint.size, leaves, proof);
    if (!same(root, checkpoint.root)) throw new Error("The entries are not those that were sealed under the checkpoint.");
    if (leaves.length !== about.count) throw new Error("There are not as many entries as the bundle says.");
    say("good", `Good: ${leaves.length} entries, each in its place under the checkpoint signed by key ${checkpoint.key}.`);
    show(events.map((event) => ({ ...event, said: JSON.parse(event.text) })));
  }

  async function begin() {
    const keys = await Promise.all(linesOf("keys").map(keyOf));
    const checkpoint = await checkpointOf(textOf("checkpoint"), keys);
    const spans = spansOf(linesOf("numbers"), checkpoint.size);
    const about = jsonOf("bundle.json");
    checkAbout(about, checkpoint, spans);
    await checkConsistency(checkpoint);
    facts(about, checkpoint);
    say("open", `The checkpoint is signed by key ${checkpoint.key}. Pick events.jsonl to check the entries.`);
    document.getElementById("events").onchange = (event) => {
      const file = event.target.files[0];
      if (file) check(file, about, checkpoint, spans).catch(fail);
    };
  }

  const fail = (error) => say("bad", `Not good: ${error.message}`);
  begin().catch(fail);
})();
