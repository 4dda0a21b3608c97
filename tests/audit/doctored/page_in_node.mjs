// Drives the page of a bundle without a browser: one case a line, one verdict a line. Node's WebCrypto is the browser's.
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";

const script = readFileSync(process.argv[2], "utf8");
const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const element = () => ({ dataset: {}, append() {}, replaceChildren() {}, textContent: "" });

async function verdictOf({ carried, events }) {
  const places = new Map();
  const at = (id) => { if (!places.has(id)) places.set(id, element()); return places.get(id); };
  const heard = [];
  let hear = () => {};
  const verdict = at("verdict");
  Object.defineProperty(verdict, "textContent", {
    set(text) { heard.push([verdict.dataset.verdict, text]); hear(); },
  });
  at("bundle").textContent = JSON.stringify(carried);
  at("search").value = "";
  const document = { getElementById: at, createElement: element };
  const next = async () => {
    while (!heard.length) await new Promise((resolve) => { hear = resolve; });
    return heard.shift();
  };
  new Function("document", script)(document);
  let said = await next();
  if (said[0] !== "open") return said;
  await new Promise((resolve) => setImmediate(resolve));
  at("events").onchange({ target: { files: [{ arrayBuffer: async () => bytes(events).buffer }] } });
  do said = await next(); while (said[0] === "open");
  // Showing them comes after the verdict, and may take it back.
  await new Promise((resolve) => setImmediate(resolve));
  return heard.length ? heard.pop() : said;
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await verdictOf(JSON.parse(line)))}\n`);
}
