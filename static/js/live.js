"use strict";
// The live socket brings ids, never values. Known rows ask for themselves again in place; unknown waiting
// ones are counted in the "new" bar. Rows never move: the list is only reloaded when the bar is pressed.
(() => {
  const { fill, say } = window.orchestr;
  const ASK_AT_ONCE = 20;
  const bar = () => document.querySelector("[data-new-bar]");
  const list = () => document.querySelector("[data-live-list]");
  const kindOf = (message) => String(message.kind).split(".")[0];
  const known = (id) => document.querySelectorAll(`[data-proposal="${CSS.escape(id)}"][hx-trigger~=refresh]`);
  const fresh = new Set(), pending = new Set();
  let waiting = [], timer, wait = 500, misses = 0;

  // What each pointer is down on. A finger makes nothing :active before some time has passed, a key on a button does.
  const down = new Map();
  const up = ({ pointerId }) => down.delete(pointerId);
  document.addEventListener("pointerdown", ({ button, pointerId, target }) => button === 0 && down.set(pointerId, target), true);
  document.addEventListener("pointerup", up, true);
  document.addEventListener("pointercancel", up, true);
  const isPressed = (el) => el.matches(":active") || [...down.values()].some((target) => el.contains(target));

  // A part is never swapped under the hands of somebody who fills in its form, or presses one of its buttons: it waits
  // until they have left it, and an answer that was under way meanwhile is thrown away.
  function inHands(el) {
    if (isPressed(el)) return true;
    const form = el.contains(document.activeElement) && document.activeElement.closest("form");
    return Boolean(form && form.querySelector("textarea, select, input:not([type=hidden])"));
  }

  // How a press ends: let go, become a scroll or be taken by the system (pointercancel), or a key on a button let go.
  const LET_GO = ["pointerup", "pointercancel", "keyup"];

  function later(el) {
    if (el.dataset.stale) return;
    el.dataset.stale = "yes";
    function left(event) {
      if (event.type === "focusout" && el.contains(event.relatedTarget)) return;
      el.removeEventListener("focusout", left);
      LET_GO.forEach((type) => document.removeEventListener(type, left));
      delete el.dataset.stale;
      setTimeout(refresh, 0, el);
    }
    el.addEventListener("focusout", left);
    if (isPressed(el)) LET_GO.forEach((type) => document.addEventListener(type, left));
  }

  // Which parts have an answer under way, and whether something happened meanwhile that it may not tell of yet. Such a
  // part asks once more when the answer is there: a request queued on it would be lost with the element it replaces.
  const asking = new Map();
  document.addEventListener("htmx:beforeSend", ({ detail: { requestConfig } }) => {
    if (requestConfig.triggeringEvent?.type === "refresh") asking.set(requestConfig.elt, false);
  });
  document.addEventListener("htmx:afterRequest", ({ detail: { requestConfig } }) => {
    const el = requestConfig?.elt, again = asking.get(el);
    asking.delete(el);
    if (again) setTimeout(refresh, 0, el.isConnected ? el : document.getElementById(el.id));
  });

  function refresh(el) {
    if (!window.htmx || !el?.isConnected) return;
    if (asking.has(el)) asking.set(el, true);
    else if (inHands(el)) later(el);
    else htmx.trigger(el, "refresh");
  }

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.requestConfig?.triggeringEvent?.type !== "refresh" || !inHands(detail.target)) return;
    detail.shouldSwap = false;
    later(detail.target);
  });

  function drawBar() {
    const button = bar();
    if (!button) return;
    button.hidden = fresh.size === 0;
    button.textContent = fresh.size === 1 ? fill("newOne") : fill("newMany", { n: fresh.size });
    if (fresh.size) say(fill("saidNew", { n: fresh.size }));
  }

  // Is an unknown id waiting and visible to this person? The row's own address says so, with its rights.
  async function waits(id) {
    const answer = await fetch(list().dataset.rowUrl.replace("00000000-0000-0000-0000-000000000000", id), { headers: { "HX-Request": "true" } });
    return answer.ok && (await answer.text()).includes('data-state="draft"');
  }

  async function count(ids) {
    const unknown = ids.filter((id) => !fresh.has(id) && !pending.has(id));
    unknown.forEach((id) => pending.add(id));
    try {
      const asked = unknown.slice(0, ASK_AT_ONCE), rest = unknown.slice(ASK_AT_ONCE);
      const found = await Promise.all(asked.map(waits));
      asked.filter((_, index) => found[index]).concat(rest).forEach((id) => fresh.add(id));
    } catch {
      unknown.forEach((id) => fresh.add(id)); // not reachable just now: better told than lost
    } finally {
      unknown.forEach((id) => pending.delete(id));
    }
    drawBar();
  }

  function work() {
    timer = undefined;
    const messages = waiting, unknown = new Set(), parts = new Set();
    waiting = [];
    for (const message of messages) {
      document.querySelectorAll("[data-live]").forEach((part) => {
        if (part.dataset.live.split(" ").includes(kindOf(message))) parts.add(part);
      });
      if (kindOf(message) !== "proposal") continue;
      for (const id of message.ids) {
        const rows = known(id);
        rows.forEach((row) => parts.add(row));
        if (!rows.length && list()) unknown.add(id);
      }
    }
    parts.forEach(refresh);
    if (unknown.size) count([...unknown]);
  }

  function plan() {
    if (!document.hidden && waiting.length && timer === undefined) timer = setTimeout(work, 150);
  }

  function connect() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/live/`);
    socket.addEventListener("open", () => {
      wait = 500;
      document.documentElement.dataset.live = "on";
      if (misses > 1) say(fill("online"));
      misses = 0;
      // What changed between the page's making and this moment was said to nobody: the parts look once for themselves.
      document.querySelectorAll("[data-live], [data-proposal][hx-trigger~=refresh]:not(li)").forEach(refresh);
    });
    socket.addEventListener("message", (event) => {
      waiting.push(JSON.parse(event.data));
      plan();
    });
    socket.addEventListener("close", (event) => {
      document.documentElement.dataset.live = "off";
      if (event.code === 4401 || event.code === 4403) return; // not ours to hear
      misses += 1;
      if (misses === 2) say(fill("offline"));
      setTimeout(connect, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, 30000);
    });
  }

  // A row keeps the room it had: what stands below it does not move when less is to be said. The style is set here and
  // copied by nobody: htmx would settle it as an attribute (attributesToSettle), which the content policy forbids.
  const rooms = new Map();
  document.addEventListener("htmx:beforeSwap", ({ detail: { target, shouldSwap } }) => {
    if (shouldSwap && target.matches("li[data-proposal]")) rooms.set(target.id, target.getBoundingClientRect().height);
  });
  const hold = () => rooms.forEach((height, id) => {
    const row = document.getElementById(id);
    if (row) row.style.minBlockSize = `${height}px`;
  });
  document.addEventListener("htmx:afterSwap", hold);
  document.addEventListener("htmx:afterSettle", () => { // settling puts the attributes of the answer back
    hold();
    rooms.clear();
  });

  document.addEventListener("visibilitychange", plan);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr, isError, requestConfig } = event.detail;
    const row = requestConfig?.elt;
    if (isError && row?.matches("[data-proposal], [data-live]") && requestConfig.verb === "get") {
      event.detail.shouldSwap = false; // a refresh that fails says so in its place, not over the page
      if (xhr.status === 404) {
        row.classList.add("is-gone");
        say(fill("gone"));
      }
      return;
    }
    if (target === list()) {
      fresh.clear();
      drawBar();
    }
    if (row?.matches("li[data-proposal]") && requestConfig.verb === "get" && row.dataset.state === "draft" && !xhr.responseText.includes('data-state="draft"')) {
      say(fill("saidChanged", { what: row.dataset.say }));
    }
  });
  // htmx takes the page in hand when it is parsed: what a socket that opens sooner asked of it would be asked of nobody.
  if (document.readyState === "complete") connect();
  else document.addEventListener("DOMContentLoaded", connect, { once: true });
})();
