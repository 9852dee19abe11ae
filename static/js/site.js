// Everything here is a comfort: each page works without it.
"use strict";
document.documentElement.classList.add("js");

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-quick-exit], [data-share], [data-copy], [data-print], [data-show-results]");
  if (!target) {
    // A tap beside an open menu closes it.
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    return;
  }
  if (target.hasAttribute("data-quick-exit")) {
    event.preventDefault();
    // replace(): "back" must not lead here again.
    location.replace(target.href);
  } else if (target.hasAttribute("data-show-results")) {
    // The results are there already: close the filters and go to them.
    event.preventDefault();
    target.closest("details").open = false;
    document.getElementById("results").focus();
  } else if (target.hasAttribute("data-print")) {
    window.print();
  } else if (target.hasAttribute("data-copy")) {
    navigator.clipboard?.writeText(target.dataset.copy).then(() => {
      target.querySelector("span").textContent = target.dataset.done;
    });
  } else if (navigator.share) {
    event.preventDefault();
    navigator.share({ title: target.dataset.title, url: target.dataset.url }).catch(() => {});
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

document.addEventListener("focusout", (event) => {
  const menu = event.target.closest("details.menu[open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

// Beside the results there is room for the filters: open them where the style sheet alone cannot.
if (matchMedia("(min-width: 56rem)").matches) {
  document.querySelectorAll("[data-open-wide]").forEach((filters) => { filters.open = true; });
}

// An answer that was refused (400), a link that is too old (410): the page says why, so that is shown as well.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if ((target.id === "lotse" && [400, 410].includes(xhr.status)) || (target.id === "rueckmeldung" && [422, 429].includes(xhr.status))) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

// The Lotse reads its question aloud, where the device has a voice for the language. A voice of the device itself: others
// (Chrome's "Google Deutsch") send what they read to their maker.
const voiceFor = (lang) => (window.speechSynthesis ? speechSynthesis.getVoices() : []).find((voice) => voice.localService && voice.lang.toLowerCase().startsWith(lang));
function offerVoice() {
  const lang = document.documentElement.lang;
  document.querySelectorAll("[data-speak]").forEach((button) => { button.hidden = !voiceFor(lang); });
}
offerVoice();
window.speechSynthesis?.addEventListener?.("voiceschanged", offerVoice);
document.addEventListener("htmx:afterSettle", offerVoice);

// To share where the device can.
function offerShare() {
  document.querySelectorAll("button[data-share]").forEach((button) => { button.hidden = !navigator.share; });
}
offerShare();
document.addEventListener("htmx:afterSettle", offerShare);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-speak]");
  if (!button) return;
  speechSynthesis.cancel();
  const said = new SpeechSynthesisUtterance(document.querySelector(button.dataset.speak).innerText);
  said.voice = voiceFor(document.documentElement.lang);
  said.lang = said.voice.lang;
  speechSynthesis.speak(said);
});

// "None of these" and the others exclude each other.
document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.type !== "checkbox" || box.name !== "a" || !box.checked) return;
  const alone = "alone" in box.dataset;
  box.form.querySelectorAll("input[name=a]").forEach((other) => {
    if (other !== box && (alone || "alone" in other.dataset)) other.checked = false;
  });
});

// No connection, or the server could not answer: say so, everything is still there.
["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => document.addEventListener(name, (event) => {
  const note = document.getElementById("stoerung");
  if (note && !(event.detail.xhr && [400, 410].includes(event.detail.xhr.status))) {
    note.hidden = false;
    note.setAttribute("role", "alert");
  }
}));

// What has just come is read aloud first. Not `autofocus`: the browser has opinions of its own about that.
document.addEventListener("htmx:afterSettle", () => { document.querySelector("#lotse [data-focus], #rueckmeldung [data-focus]")?.focus(); });
