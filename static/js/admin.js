// Comforts of the editors' pages: each of them works without a script, too.
"use strict";

// Log-in ended meanwhile, or no line: say so and keep everything.
document.addEventListener("abgemeldet", () => { document.getElementById("abgemeldet").hidden = false; });
["htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, () => { document.getElementById("keine-verbindung").hidden = false; }));
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  document.getElementById("abgemeldet").hidden = true;
  document.getElementById("keine-verbindung").hidden = true;
});
// An answer that says what is wrong is shown as well.
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([400, 409, 413, 422, 429].includes(event.detail.xhr.status) && event.detail.xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.querySelector("[data-focus]")?.focus();

// A link to a field opens what it is folded in, and begins in the field.
const reveal = (target) => {
  if (!target) return;
  for (let part = target; part; part = part.parentElement) if (part.localName === "details") part.open = true;
  const fields = target.matches(".field") ? [...target.querySelectorAll("input, select, textarea, summary")] : [];
  (fields.find((field) => field.checkVisibility?.()) || target).focus({ preventScroll: true });
  target.scrollIntoView();
};
document.addEventListener("click", (event) => {
  const link = event.target.closest('main a[href^="#"]');
  if (link) reveal(document.getElementById(link.hash.slice(1)));
});
if (location.hash) addEventListener("DOMContentLoaded", () => reveal(document.getElementById(location.hash.slice(1))));
// A line more or less, or what a search has found: go on there, where the button itself has been replaced.
document.addEventListener("htmx:afterSettle", (event) => {
  const [verb, name] = (event.detail.requestConfig?.elt.value || "").split(":");
  const lines = `fieldset[id^="feld-${name}-"]`;
  const next = { more: `${lines}:last-of-type :is(input, select)`, less: `[value="more:${name}"]`, search: "#feld-follow_ups input, #follow_up_search" }[verb];
  if (next) document.querySelector(next)?.focus();
});

// What is ticked in a folded part stands beside its words, also after a change.
document.addEventListener("toggle", (event) => {
  const ticked = event.target.querySelector?.(":scope > summary .fold__ticked");
  if (ticked) ticked.textContent = [...event.target.querySelectorAll("label.check:has(:checked)")].map((label) => label.textContent.trim()).join(", ");
}, true);
// Long lists of boxes begin folded where they would fill three screens.
if (matchMedia("(max-width: 48rem)").matches) document.querySelectorAll("[data-fold-narrow]").forEach((part) => { part.open = false; });

// All boxes of a list at once.
document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-check-all]");
  if (!all) return;
  document.querySelectorAll(`input[name="${all.dataset.checkAll}"]`).forEach((box) => { box.checked = all.checked; });
});

// A password that one can look at while typing; it is hidden again before it is sent, so that no browser keeps it as text.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-show-password]");
  if (!button) return;
  const field = document.getElementById(button.dataset.showPassword);
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", shown);
});
document.addEventListener("submit", (event) => {
  event.target.querySelectorAll("[data-show-password][aria-pressed=true]").forEach((button) => { button.click(); });
});

// A simple word in place of a hard one: at once, without a way to the server; the text is checked anew.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-replace]");
  if (!button) return;
  const field = document.getElementById(button.dataset.replace);
  const signs = Array.from(field.value.replace(/\r\n/g, "\n"));
  event.preventDefault();
  // Offsets count whole signs, as the server does; JavaScript counts halves of an emoji.
  signs.splice(Number(button.dataset.start), button.dataset.end - button.dataset.start, ...Array.from(button.dataset.with));
  field.value = signs.join("");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// What was typed and has not reached the server is kept in this browser until it has: a closed tab, a dead line.
// Each person has their own: at a shared computer nobody finds the words of a colleague in their form.
const UNSAVED = `unsaved ${document.body.dataset.person} `;
const unsaved = () => Object.keys(localStorage).filter((key) => key.startsWith(UNSAVED));
if (document.querySelector(".flash--ok, [data-kept]")) {
  // The form that was sent has arrived.
  unsaved().filter((key) => JSON.parse(localStorage.getItem(key)).sent).forEach((key) => localStorage.removeItem(key));
}
const offerForm = document.getElementById("angebot");
if (offerForm) {
  const key = UNSAVED + offerForm.getAttribute("action");
  let dirty = false;
  const keep = (sent) => {
    const fields = [...new FormData(offerForm)].filter(([name]) => name !== "do" && name !== "small");
    try { localStorage.setItem(key, JSON.stringify({ sent, fields })); } catch { /* full or forbidden: the server has a draft */ }
  };
  offerForm.addEventListener("input", () => { dirty = true; keep(false); });
  offerForm.addEventListener("submit", () => { if (dirty) keep(true); dirty = false; });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.id !== "zwischenstand" || !event.detail.successful) return;
    dirty = false;
    localStorage.removeItem(key);
  });
  // The line is back: send it now.
  const again = () => { if (dirty) htmx.trigger(offerForm, "input"); };
  addEventListener("online", again);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) again(); });
  addEventListener("beforeunload", (event) => { if (dirty && !navigator.onLine) event.preventDefault(); });
  const left = localStorage.getItem(key);
  if (left) {
    const values = new Map();
    JSON.parse(left).fields.forEach(([name, value]) => values.set(name, [...(values.get(name) || []), value]));
    for (const field of offerForm.elements) {
      if (!field.name || field.type === "submit") continue;
      const kept = values.get(field.name) || [];
      if (field.type === "checkbox" || field.type === "radio") field.checked = kept.includes(field.value);
      else if (kept.length) field.value = kept[0];
    }
    // After htmx has looked at the page: before, nobody would hear it.
    addEventListener("DOMContentLoaded", () => htmx.trigger(offerForm, "input"));
  }
}

// Other German texts for families are looked at as well while they are written.
document.querySelectorAll("textarea[data-plain]").forEach((field) => {
  const answer = document.createElement("div");
  answer.className = "plain-check__answer";
  answer.setAttribute("aria-live", "polite");
  answer.setAttribute("hx-post", `/verwaltung/hilfe/text/${field.id}`);
  answer.setAttribute("hx-trigger", `input changed delay:900ms from:#${field.id}`);
  answer.setAttribute("hx-include", `#${field.id}`);
  answer.setAttribute("hx-sync", "this:replace");
  field.after(answer);
  htmx.process(answer);
});

// At a shared computer nothing of this person stays behind.
document.querySelectorAll('form[action="/verwaltung/abmelden"]').forEach((form) => form.addEventListener("submit", () => {
  unsaved().forEach((key) => localStorage.removeItem(key));
}));
