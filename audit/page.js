"use strict";
// Checks a bundle of an audit log as `audit/verify.py` does: RFC 6962 trees, C2SP checkpoints, Ed25519 by WebCrypto.
(() => {
  const MOST_SHOWN = 500;
  const carried = JSON.parse(document.getElementById("bundle").textContent);
  const utf8 = new TextEncoder();
  const bytesOf = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const textOf = (name) => new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(carried[name]));
  const hexOf = (bytes) => Array.from(bytes, (part) => part.toString(16).padStart(2, "0")).join("");
  const fromHex = (text) => {
    if (!/^[0-9a-f]{64}$/.test(text)) throw new Error("A hash of the proof cannot be read.");
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

  async function checkpointOf(note, keys) {
    const at = note.lastIndexOf("\n\n");
    const [text, lines] = [note.slice(0, at + 1), note.slice(at + 2).trimEnd().split("\n")];
    const [origin, size, root, time] = text.split("\n");
    if (text.split("\n").length !== 5 || !/^(0|[1-9][0-9]*)$/.test(size)) throw new Error("The checkpoint cannot be read.");
    for (const key of keys) {
      const [name, id, encoded] = [key.split("+")[0], key.split("+")[1], key.split("+").slice(2).join("+")];
      const kind = bytesOf(encoded);
      const known = hexOf((await sha256(utf8.encode(`${name}\n`), kind)).slice(0, 4));
      if (name !== origin || kind[0] !== 1 || known !== id) continue;
      for (const line of lines) {
        const [dash, signer, blob] = line.split(" ");
        if (dash !== "\u2014" || signer !== name || hexOf(bytesOf(blob).slice(0, 4)) !== id) continue;
        const imported = await crypto.subtle.importKey("raw", kind.slice(1), "Ed25519", false, ["verify"]);
        if (!(await crypto.subtle.verify("Ed25519", imported, bytesOf(blob).slice(4), utf8.encode(text)))) {
          throw new Error(`The signature of key ${id} is wrong.`);
        }
        return { origin, size: Number(size), root: bytesOf(root), time: time.slice(5), key: id };
      }
    }
    throw new Error("None of the keys of the bundle has signed the checkpoint.");
  }

  function say(verdict, text) {
    const place = document.getElementById("verdict");
    place.dataset.verdict = verdict;
    place.textContent = text;
  }

  function facts(about, checkpoint) {
    const told = {
      Log: checkpoint.origin, Checkpoint: `${checkpoint.size} entries, ${checkpoint.time}`, Key: checkpoint.key,
      Root: hexOf(checkpoint.root), Query: JSON.stringify(about.query),
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
    const proof = textOf("proof").split("\n").slice(0, -1).map(fromHex);
    const root = await includedRoot(spans, checkpoint.size, leaves, proof);
    if (!same(root, checkpoint.root)) throw new Error("The entries are not those that were sealed under the checkpoint.");
    if (leaves.length !== about.count) throw new Error("There are not as many entries as the bundle says.");
    say("good", `Good: ${leaves.length} entries, each in its place under the checkpoint signed by key ${checkpoint.key}.`);
    show(events.map((event) => ({ ...event, said: JSON.parse(event.text) })));
  }

  async function begin() {
    const about = JSON.parse(textOf("bundle.json"));
    const checkpoint = await checkpointOf(textOf("checkpoint"), textOf("keys").trim().split("\n"));
    if (about.origin !== checkpoint.origin || about.size !== checkpoint.size || about.root !== hexOf(checkpoint.root)) {
      throw new Error("What the bundle says of itself is not what the checkpoint says.");
    }
    const spans = textOf("numbers").split("\n").slice(0, -1).map((line) => line.split("-").map(Number))
      .map(([first, last]) => [first, last + 1]);
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
