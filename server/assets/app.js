// What a page can do beyond links and forms. Everything here stands on the same pages: a form is sent and the page that
// answers is put in place of the one that is shown; without this script the browser does the same, with more flicker.

const $ = (selector, root = document) => root.querySelector(selector);
const rows = () => [...document.querySelectorAll("#list .rows > li")];
const status = (text) => { const line = $("#status"); if (line && line.textContent !== text) line.textContent = text; };

// The browser knows where it is.
const zone = $("form[action='/register'] [name=time_zone]");
if (zone && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";

// Pages that are put in place of this one.

const read = async (response) => new DOMParser().parseFromString(await response.text(), "text/html");

/** Puts the parts of another page in place of ours, if they differ. */
function show(page, selectors) {
  for (const selector of selectors) {
    const [ours, theirs] = [$(selector), $(selector, page)];
    if (ours && theirs && ours.innerHTML !== theirs.innerHTML) ours.replaceChildren(...theirs.childNodes);
  }
}

/** What is focused in the list, as something to be found again when the list is new. */
function place() {
  const row = document.activeElement?.closest("#list .rows > li");
  // A row that is being edited has its form in place of its link.
  return row && { id: $("a", row)?.id, index: rows().indexOf(row), tag: document.activeElement.tagName };
}

function refocus(was) {
  if (!was || place()) return;
  const row = document.getElementById(was.id ?? "")?.closest("li") ?? rows()[Math.min(was.index, rows().length - 1)];
  (row && ($(was.tag.toLowerCase(), row) ?? $("a", row)) || $("#title"))?.focus();
}

let sending = false;

async function send(form, button) {
  const fields = new FormData(form, button ?? undefined);
  const action = button?.getAttribute("formaction") ?? form.getAttribute("action");
  const was = place();
  sending = true;
  try {
    const response = await fetch(action, { method: "POST", body: new URLSearchParams(fields) });
    const path = new URL(response.url).pathname;
    // A page that is not made of our parts, such as the one to sign in, is the browser's to show.
    const page = await read(response);
    if (path.startsWith("/sign-in") || !$("#main", page)?.firstElementChild || !$("body", page).hasAttribute("data-live")) {
      resend(form, button);
      return;
    }
    document.title = page.title;
    show(page, ["#main", ".menu", "#notice"]);
    if (response.redirected) history.replaceState(null, "", response.url);
    if (form.matches(".add")) $(".add .error") ? $(".add [aria-invalid]")?.focus() : $(".line input")?.focus();
    else if ($("#main [aria-invalid]")) $("#main [aria-invalid]").focus();
    else refocus(was);
  } catch {
    status("No connection. What you typed is still here: try again.");
  } finally {
    sending = false;
    if (stale) refresh();
  }
}

/** Lets the browser send the form and show what comes. The form's request id makes that no second change. */
function resend(form, button) {
  if (button?.hasAttribute("formaction")) form.action = button.getAttribute("formaction");
  form.dataset.plain = "";
  form.requestSubmit();
}

const boosted = (form) => form.method === "post" && form.closest("#main, #notice") && $("body").hasAttribute("data-live")
  && !(form.getAttribute("action") ?? "").startsWith("/account") && !("plain" in form.dataset);

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || !boosted(event.target)) return;
  event.preventDefault();
  if (!sending) send(event.target, event.submitter);
  // On the way down: the list's form keeps those of the edit within it to itself.
}, true);

// News from the server: the list reads itself anew.

let stale = false;
let reading = false;

async function refresh() {
  if (reading || sending) { stale = true; return; }
  // A form that somebody is typing into is not taken away under their fingers.
  if (!$("#list") || $("#list .edit")) { stale = Boolean($("#list")); return; }
  stale = false;
  reading = true;
  let pause = 0;
  try {
    const response = await fetch(location.href);
    const page = response.ok && await read(response);
    if (page && $("#list", page) && !sending && !$("#list .edit")) {
      const was = place();
      show(page, ["#list", ".menu"]);
      refocus(was);
    }
    if (!response.ok && response.status >= 429) throw new Error(response.status);
  } catch {
    stale = true;
    pause = 2000;
  } finally {
    reading = false;
    if (stale) setTimeout(refresh, pause);
  }
}

let source;
let last = "";
let patience = 1000;

function listen() {
  source = new EventSource("/events" + (last ? "?after=" + encodeURIComponent(last) : ""));
  const news = (event) => {
    if (event.lastEventId) last = event.lastEventId;
    patience = 1000;
    status("");
    refresh();
  };
  source.addEventListener("synced", news);
  source.addEventListener("changed", news);
  source.addEventListener("error", () => {
    status("Reconnecting …");
    // The browser comes back by itself unless it was refused.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(listen, patience);
    patience = Math.min(2 * patience, 15000);
  });
}

if ($("body").hasAttribute("data-live")) listen();
// A page that is left takes no connection with it, and one that is come back to looks again.
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (event) => { if (event.persisted && source) listen(); });

// Editing in place.

function edit(row) {
  const form = $("#edit")?.content.firstElementChild.cloneNode(true);
  const link = $("a", row);
  if (!form || !link || $(".edit", row)) return;
  form.action = link.getAttribute("href");
  form.elements.title.value = link.textContent;
  form.elements.due.value = $("time", row)?.getAttribute("datetime") ?? "";
  const kept = [...row.childNodes];
  const close = () => { row.replaceChildren(...kept); link.focus(); if (stale) refresh(); };
  form.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
  row.replaceChildren(form);
  form.elements.title.select();
}

// Keys.

const keys = {
  n: () => $(".line input")?.focus(),
  "/": () => $("#search")?.focus(),
  j: () => move(1),
  k: () => move(-1),
  x: () => $("button", current() ?? document.createElement("p"))?.click(),
  e: () => current() && edit(current()),
  u: () => { const form = $("#notice form") ?? $("#list"); if (form) form.requestSubmit(); },
  "?": () => $("#keys")?.showModal(),
};

const current = () => document.activeElement?.closest("#list .rows > li");

function move(step) {
  const all = rows();
  const index = all.indexOf(current());
  const next = all[index < 0 ? (step > 0 ? 0 : all.length - 1) : index + step];
  if (next) $("a", next).focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, dialog")) return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("dblclick", (event) => {
  const row = event.target.closest("#list .rows > li");
  if (row && !event.target.closest("button, .tag")) { event.preventDefault(); edit(row); }
});
