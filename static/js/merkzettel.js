// "Merken" without an address that grows: the ids of the offers are kept in the browser, and nowhere else.
(() => {
  "use strict";
  const KEY = "merkzettel";
  const head = document.querySelector("[data-shortlist]");
  if (!head) return;
  const most = Number(head.dataset.shortlist);
  const place = document.getElementById("merkzettel");

  // Read and write: both throw where the browser allows no storage, and writing where it is full.
  function read() {
    let ids = [];
    try { ids = JSON.parse(localStorage.getItem(KEY) || "[]"); } catch (error) { if (error.name === "SecurityError") throw error; }
    return Array.isArray(ids) ? [...new Set(ids.filter((id) => Number.isInteger(id) && id > 0))].slice(0, most) : [];
  }
  function write(ids) {
    if (ids.length) localStorage.setItem(KEY, JSON.stringify(ids));
    else localStorage.removeItem(KEY);
    refresh();
  }
  try { read(); } catch { return; }

  // --- said politely ---
  const said = document.createElement("p");
  said.className = "said";
  said.setAttribute("role", "status");
  document.body.append(said);
  let silence;
  function say(words) {
    clearTimeout(silence);
    said.textContent = words;
    silence = setTimeout(() => { said.textContent = ""; }, 5000);
  }

  // --- "Merken" ---
  function upgrade() {
    document.querySelectorAll("a.merken").forEach((link) => {
      const button = document.createElement("button");
      button.type = "button";
      for (const name of ["class", "data-keep", "lang", "dir"]) if (link.hasAttribute(name)) button.setAttribute(name, link.getAttribute(name));
      button.dataset.href = link.getAttribute("href");
      button.append(...link.childNodes);
      link.replaceWith(button);
    });
    refresh();
  }
  function refresh() {
    const ids = read();
    document.querySelectorAll("button.merken").forEach((button) => {
      const on = ids.includes(Number(button.dataset.keep));
      button.setAttribute("aria-pressed", String(on));
      button.querySelector("span").textContent = on ? head.dataset.on : head.dataset.off;
    });
    const count = head.querySelector("[data-count]");
    // Without an own list, that of the address stays.
    if (ids.length || !new URLSearchParams(location.search).has("m")) {
      count.textContent = ids.length || "";
      count.hidden = !ids.length;
    }
    head.classList.toggle("shortlist-link--some", !count.hidden);
    document.querySelectorAll("[data-take]").forEach((button) => {
      const has = idsIn(button.dataset.take).every((id) => ids.includes(id));
      button.hidden = has && button.tagName === "BUTTON";
    });
  }
  const idsIn = (text) => (text || "").split(".").map(Number).filter((id) => id > 0);

  function toggle(button) {
    const id = Number(button.dataset.keep);
    const ids = read();
    const on = !ids.includes(id);
    if (on && ids.length >= most) return say(head.dataset.full);
    const next = on ? [...ids, id] : ids.filter((other) => other !== id);
    try { write(next); } catch { location.assign(button.dataset.href); return undefined; }
    return say(`${on ? head.dataset.kept : head.dataset.dropped} ${next.length}`);
  }

  function take(event, button) {
    const ids = read();
    const next = [...new Set([...ids, ...idsIn(button.dataset.take)])];
    event.preventDefault();
    if (next.length > most) return say(head.dataset.full);
    try { write(next); } catch { if (button.href) location.assign(button.href); return undefined; }
    location.assign(head.href.split("?")[0]);
    return undefined;
  }

  // --- the page ---
  const isOwn = Boolean(place && "own" in place.dataset);
  let sort = "";
  let asked = 0;

  async function show(ids) {
    const number = ++asked;
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(place.dataset.url, { method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams({ liste: ids.join("."), sort }) });
      if (!answer.ok) throw new Error(answer.status);
      const html = await answer.text();
      if (number !== asked) return false;
      place.innerHTML = html;
      if (answer.headers.get("X-Kept")) onlyThese(ids);
      else keepOffline();
      return true;
    } catch {
      if (number === asked) note(place.dataset.failed);
      return false;
    } finally {
      place.removeAttribute("aria-busy");
    }
  }
  // Without a connection the list is as it was when there was one.
  function onlyThese(ids) {
    place.querySelectorAll("[data-offer]").forEach((entry) => {
      if (!ids.includes(Number(entry.dataset.offer))) entry.remove();
    });
    place.querySelectorAll("section, .chips").forEach((part) => part.remove());
  }
  function note(words) {
    const line = document.createElement("p");
    line.className = "note noted__undo";
    line.setAttribute("role", "status");
    line.append(words);
    place.prepend(line);
    return line;
  }
  function offerUndo(before) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn--secondary";
    button.textContent = place.dataset.undo;
    button.addEventListener("click", async () => {
      write(before);
      if (await show(before)) place.querySelector("#zahl")?.focus();
    });
    note(place.dataset.away).append(button);
    button.focus();
  }
  async function change(event, link) {
    const wanted = new URL(link.href).searchParams;
    const before = read();
    const ids = idsIn(wanted.get("m"));
    // Who cannot store it follows the link: it holds the whole list.
    try { write(ids); } catch { return; }
    event.preventDefault();
    sort = wanted.get("sort") || "";
    const { change: kind, id } = link.dataset;
    if (!(await show(ids))) return;
    if (kind === "away") offerUndo(before);
    else if (kind === "sort") place.querySelector("[data-change=sort][aria-current]")?.focus();
    else (place.querySelector(`[data-change=${kind}][data-id="${id}"]`) || place.querySelector(`[data-change][data-id="${id}"]`))?.focus();
  }
  async function clear(event) {
    event.preventDefault();
    try { localStorage.removeItem(KEY); } catch { /* nothing is stored there */ }
    await forget();
    if (!isOwn) { location.assign(head.href.split("?")[0]); return; }
    refresh();
    sort = "";
    if (!(await show([]))) place.replaceChildren();
    note(place.dataset.emptied);
    document.getElementById("inhalt").focus();
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("button.merken, [data-take], [data-change], [data-clear]");
    if (!target) return;
    if (target.matches(".merken")) toggle(target);
    else if ("take" in target.dataset) take(event, target);
    else if ("clear" in target.dataset) clear(event);
    else if (isOwn) change(event, target);
  });

  // --- without the internet, only for who wants it ---
  const part = document.querySelector("[data-offline-part]");
  const box = part?.querySelector("[data-offline]");
  const canKeep = "serviceWorker" in navigator && "caches" in window;
  const registered = async () => (canKeep ? navigator.serviceWorker.getRegistration("/") : undefined);

  async function forget() {
    if (!canKeep) return;
    await (await registered())?.unregister();
    for (const name of await caches.keys()) if (name.startsWith("merkzettel ")) await caches.delete(name);
    if (box) box.checked = false;
  }
  async function keepOffline() {
    if (!isOwn || !(await registered())) return false;
    const { active } = await navigator.serviceWorker.ready;
    const files = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], header img")].map((file) => file.href || file.src);
    const icons = document.querySelector("use")?.getAttribute("href")?.split("#")[0];
    const offers = [...place.querySelectorAll(".card__title a")].map((link) => link.href);
    const urls = [...files, ...offers, icons && new URL(icons, location).href].filter(Boolean).map((url) => new URL(url).pathname);
    const channel = new MessageChannel();
    const done = new Promise((resolve) => { channel.port1.onmessage = (event) => resolve(event.data); });
    active.postMessage({ urls: [...new Set([place.dataset.url, ...urls])], list: { path: place.dataset.url, ids: read(), sort } }, [channel.port2]);
    return done;
  }
  if (box && isOwn && canKeep) {
    part.hidden = false;
    registered().then((found) => { box.checked = Boolean(found); });
    box.addEventListener("change", async () => {
      if (box.checked) {
        try {
          await navigator.serviceWorker.register("/merkzettel-worker.js", { scope: "/" });
          if (await keepOffline()) { say(box.dataset.on); return; }
        } catch { /* said below */ }
        box.checked = false;
        note(place.dataset.failed);
      } else {
        await forget();
        say(box.dataset.off);
      }
    });
  }

  upgrade();
  document.addEventListener("htmx:afterSettle", upgrade);
  // Another tab, or a page from the memory of "back".
  window.addEventListener("storage", (event) => { if (event.key === KEY) refresh(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) refresh(); });
  if (isOwn && read().length) show(read());
})();
